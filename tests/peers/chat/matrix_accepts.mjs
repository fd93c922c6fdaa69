// The vendor's own client against the server that the Matrix adapter is tested against.
// Arguments: URL, token, account, room. Says "ready" when it follows the room; the test then lets somebody speak.
import { done, expect, within } from "./expect.mjs";
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";

logger.setLevel(logger.levels.SILENT);
console.debug = console.info = console.warn = () => {};
const [baseUrl, accessToken, userId, room] = process.argv.slice(2);

const client = sdk.createClient({ baseUrl, accessToken, userId, deviceId: "BOT" });
const me = await client.whoami();
expect("the bot knows itself", me.user_id === userId);

const heard = new Promise((resolve) => {
  client.on(sdk.RoomEvent.Timeline, (event, _room, toStart) => {
    if (!toStart && event.getContent().body === "to the vendor") resolve(event);
  });
});
const prepared = new Promise((resolve) => {
  client.on(sdk.ClientEvent.Sync, (state) => {
    if (state === "PREPARED") resolve();
  });
});
await client.startClient({ initialSyncLimit: 10, pollTimeout: 1000 });
await within("sync", prepared);
console.log("ready");
const event = await within("event", heard);
expect("an event of the room", event.getRoomId() === room && event.getSender() !== userId);
expect("with a time and an id", event.getTs() > 1e12 && event.getId().startsWith("$"));

const content = { msgtype: "m.notice", body: "from the vendor" };
const first = await client.sendEvent(room, "m.room.message", content, "vendor-1");
// From a client that knows nothing of the first: this one would refuse by itself.
const other = sdk.createClient({ baseUrl, accessToken, userId, deviceId: "BOT" });
const again = await other.sendEvent(room, "m.room.message", content, "vendor-1");
expect("the same transaction is the same event", first.event_id === again.event_id);
const page = await client.createMessagesRequest(room, null, 20, "b");
expect("it is in the room, once",
  page.chunk.filter((each) => each.content.body === "from the vendor").length === 1);

let refused = "";
await sdk.createClient({ baseUrl, accessToken: "wrong", userId }).whoami().catch((error) => {
  refused = error.errcode;
});
expect("a wrong token is refused", refused === "M_UNKNOWN_TOKEN");
client.stopClient();
done();
