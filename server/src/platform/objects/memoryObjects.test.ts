import { HostileObjects } from "./testing/hostileObjects.ts";
import { MemoryObjects } from "./testing/memoryObjects.ts";
import { declareStoreContract } from "./testing/storeContract.ts";

declareStoreContract("memory objects", async () => new MemoryObjects());
declareStoreContract("hostile objects", async () => new HostileObjects());
