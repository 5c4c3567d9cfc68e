// Stands in for the api where only its life and death matter: answers /health/ and ends with its supervisor.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  response.writeHead(request.url === "/health/" ? 200 : 404).end();
});
server.listen(Number(process.env.PORT), process.env.HOST || "127.0.0.1");
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
