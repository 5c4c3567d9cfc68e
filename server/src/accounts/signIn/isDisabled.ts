/** Of a user as better-auth describes them: banned, for good or until a day. */
export function isDisabled(user: object): boolean {
  const { banned, banExpires } = user as { banned?: boolean | null; banExpires?: Date | null };
  return banned === true && (!banExpires || banExpires.getTime() > Date.now());
}
