import { setTimeout as delay } from "node:timers/promises";
import type { AuthContext } from "better-auth";
import { genericOAuth } from "better-auth/plugins";
import { AppError } from "../../errors.ts";
import type { Log } from "../../platform/logs/log.ts";
import type { Auth } from "./auth.ts";
import { PROVIDER, providerSettings, type SingleSignOn } from "./provider.ts";

type Provider = AuthContext["socialProviders"][number];

export interface ProviderDiscovery {
  /** What its button is called. */
  readonly name: string;
  /** Has the provider tell where it signs people in, once. @throws AppError dependency_unavailable */
  ready(): Promise<void>;
}

const PATIENCE_MS = 5_000;

/**
 * The provider is asked when somebody first wants to sign in there, and what it said is kept. Left to itself, the
 * library asks as it is made, for as long as that takes, and answers nobody until then: not even with a password.
 */
export function openProviderDiscovery(auth: Auth, wanted: SingleSignOn, log: Log): ProviderDiscovery {
  let asking: Promise<void> | null = null;

  async function ask(context: AuthContext): Promise<void> {
    const found = await answered(discover(context, wanted)).catch((error: unknown) => {
      log.warn({ err: error, issuer: wanted.issuer }, "the single sign-on provider does not answer");
      return undefined;
    });
    if (!found) throw unavailable(`The single sign-on provider does not answer: ${wanted.name}.`);
    // OpenID Connect Discovery §4.3: what answers there must be who it was said to be.
    if (found.issuer !== wanted.issuer) {
      log.warn({ issuer: wanted.issuer, answered: found.issuer }, "the single sign-on provider is another");
      throw unavailable(`${wanted.name} answers under another name than OIDC_ISSUER.`);
    }
    context.socialProviders.push(patient(found));
  }

  return {
    name: wanted.name,
    async ready() {
      const context = (await auth.$context) as unknown as AuthContext;
      if (context.socialProviders.some(({ id }) => id === PROVIDER)) return;
      asking ??= ask(context).finally(() => {
        asking = null;
      });
      await asking;
    },
  };
}

async function discover(context: AuthContext, wanted: SingleSignOn): Promise<Provider | undefined> {
  const made = await genericOAuth({ config: [providerSettings(wanted)] }).init(context);
  return made.context.socialProviders.find(({ id }) => id === PROVIDER);
}

/** Whoever comes back from it waits no longer than those who go there. */
function patient(provider: Provider): Provider {
  return {
    ...provider,
    validateAuthorizationCode: (data) => answered(provider.validateAuthorizationCode(data)),
    getUserInfo: (tokens) => answered(provider.getUserInfo(tokens)),
  };
}

async function answered<T>(work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const late = delay(PATIENCE_MS, undefined, { signal: done.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${PATIENCE_MS} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}

function unavailable(words: string): AppError {
  return new AppError(
    "dependency_unavailable",
    `${words} Sign in with a password, or try again in a moment.`,
  );
}
