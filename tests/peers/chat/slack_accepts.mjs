// The vendor's own clients against the server that the Slack adapter is tested against.
// Arguments: API URL, bot token, app token, channel, account. Says "ready" when its socket is open;
// the test then lets somebody speak.
import { createRequire } from "node:module";
import { done, expect, within } from "./expect.mjs";

const require = createRequire(import.meta.url);
const { SocketModeClient } = require("@slack/socket-mode");
const { WebClient } = require("@slack/web-api");
const [api, botToken, appToken, channel, account] = process.argv.slice(2);

const web = new WebClient(botToken, { slackApiUrl: api, retryConfig: { retries: 0 } });
const me = await web.auth.test();
expect("the bot knows itself", me.ok && me.user_id.startsWith("U") && me.team_id.startsWith("T"));

const post = await web.chat.postMessage({
  channel,
  text: "from the vendor",
  metadata: { event_type: "vendor", event_payload: { key: "k" } },
});
expect("a post has a ts", /^\d+\.\d{6}$/.test(post.ts));
const history = await web.conversations.history({ channel, include_all_metadata: true, limit: 10 });
expect("the post is in the history with its metadata",
  history.messages.some((m) => m.ts === post.ts && m.metadata.event_payload.key === "k"));
const link = await web.chat.getPermalink({ channel, message_ts: post.ts });
expect("a permalink", link.permalink.startsWith("https://"));
const direct = await web.conversations.open({ users: account });
expect("a direct channel", direct.channel.id.startsWith("D"));
let refused = "";
await new WebClient("xoxb-wrong", { slackApiUrl: api, retryConfig: { retries: 0 } }).auth.test().catch((error) => {
  refused = error.data?.error;
});
expect("a wrong token is refused", refused === "invalid_auth");

const socket = new SocketModeClient({ appToken, clientOptions: { slackApiUrl: api } });
const heard = new Promise((resolve) => {
  socket.on("message", async ({ ack, event, body }) => {
    await ack();
    expect("an event as Slack sends it", body.type === "event_callback" && event.channel === channel);
    resolve(event);
  });
});
await within("hello", socket.start());
console.log("ready");
const event = await within("event", heard);
expect("its text", event.text === "to the vendor");
await socket.disconnect();
done();
