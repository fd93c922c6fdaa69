// The vendor's own client against the server that the Mattermost adapter is tested against.
// Arguments: URL, token, channel, account.
import { createRequire } from "node:module";
import { WebSocket as UndiciSocket } from "undici";
import { done, expect, within } from "./expect.mjs";

globalThis.WebSocket = UndiciSocket;
const require = createRequire(import.meta.url);
const { Client4, WebSocketClient } = require("@mattermost/client");
const [url, token, channel, account] = process.argv.slice(2);

const client = new Client4();
client.setUrl(url);
client.setToken(token);
const me = await client.getMe();
expect("the bot knows itself", me.username === "tocsin" && me.id.length === 26);

const socket = new WebSocketClient();
const posted = [];
let onPosted = () => {};
const hello = new Promise((resolve) => {
  socket.addMessageListener((message) => {
    if (message.event === "hello") resolve();
    if (message.event === "posted") {
      posted.push(JSON.parse(message.data.post));
      onPosted();
    }
  });
});
socket.initialize(`${url.replace("https:", "wss:")}/api/v4/websocket`, token);
await within("hello", hello);

const arrived = new Promise((resolve) => {
  onPosted = resolve;
});
const pending = `${me.id}:vendor-1`;
const post = await client.createPost({ channel_id: channel, message: "from the vendor", pending_post_id: pending });
await within("posted event", arrived);
expect("the event is of the post", posted[0].id === post.id && posted[0].message === "from the vendor");
const again = await client.createPost({ channel_id: channel, message: "from the vendor", pending_post_id: pending });
expect("the same pending id is the same post", again.id === post.id);
const page = await client.getPosts(channel, 0, 10);
expect("the post is in the channel, once",
  page.order.filter((id) => page.posts[id].message === "from the vendor").length === 1);
const direct = await client.createDirectChannel([me.id, account]);
expect("a direct channel", direct.type === "D");

client.setToken("wrong");
let refused = 0;
await client.getMe().catch((error) => {
  refused = error.status_code;
});
expect("a wrong token is refused with 401", refused === 401);
socket.close();
done();
