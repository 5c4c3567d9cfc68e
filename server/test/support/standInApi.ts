// Stands in for the api where only its life and death matter: answers /health/, tells at /handed/ what it was handed
// and whether its environment has the owner's secrets, and ends with its supervisor.
import { createServer } from "node:http";

let handed: unknown = null;
process.on("message", (message: { environment: unknown }) => {
  handed = message.environment;
});
const server = createServer((request, response) => {
  if (request.url === "/handed/") {
    const secrets = [process.env.DATABASE_URL, process.env.MAGTRACE_ADMIN_PASSWORD].filter(Boolean);
    response.end(JSON.stringify({ handed, secrets }));
    return;
  }
  response.writeHead(request.url === "/health/" ? 200 : 404).end();
});
server.listen(Number(process.env.PORT), process.env.HOST || "127.0.0.1");
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
