// Somebody in an IRC channel, with irc-framework: a client that shares no code with tocsin-chat.
//
//   irc_person.mjs HOST PORT NICK CHANNEL ACCOUNT ORDERS
//
// Without an account when ACCOUNT is empty; its password is the account and "-secret". Reads orders, one JSON object a
// line, from the named pipe ORDERS:
//   {"do": "say", "text": "…"}            into the channel
//   {"do": "tell", "to": "NICK", "text": "…"}
//   {"do": "raw", "line": "…"}
// Writes what it sees, one JSON object a line, to standard output:
//   {"saw": "ready"}, {"saw": "room", "nick", "text", "type"}, {"saw": "direct", "from", "text", "type"},
//   {"saw": "mode", "nick", "text"}, {"saw": "kick", "kicked"}, {"saw": "error", "error", "text"}
import fs from "node:fs";
import readline from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(new URL("./chat/", import.meta.url));
const { Client } = require("irc-framework");
const [host, port, nick, channel, account, orders] = process.argv.slice(2);

const tell = (seen) => fs.writeSync(1, `${JSON.stringify(seen)}\n`);
const client = new Client();
client.connect({
  host,
  port: Number(port),
  nick,
  tls: true,
  rejectUnauthorized: true,
  auto_reconnect: false,
  account: account ? { account, password: `${account}-secret` } : undefined,
});
client.on("registered", () => client.join(channel));
client.on("join", (event) => {
  if (event.nick === client.user.nick) tell({ saw: "ready" });
});
client.on("message", (event) => {
  const direct = event.target === client.user.nick;
  tell(direct
    ? { saw: "direct", from: event.nick, text: event.message, type: event.type }
    : { saw: "room", nick: event.nick, text: event.message, type: event.type });
});
client.on("mode", (event) => tell({ saw: "mode", nick: event.nick, text: event.raw_modes }));
client.on("kick", (event) => tell({ saw: "kick", kicked: event.kicked }));
client.on("irc error", (event) => tell({ saw: "error", error: event.error, text: event.reason }));

const does = {
  say: (order) => {
    client.say(channel, order.text);
    tell({ saw: "room", nick: client.user.nick, text: order.text, type: "own" });
  },
  tell: (order) => client.say(order.to, order.text),
  raw: (order) => client.raw(order.line),
};
// Read and write, so that the pipe does not end with each writer.
readline.createInterface({ input: fs.createReadStream(orders, { flags: "r+" }) }).on("line", (line) => {
  const order = JSON.parse(line);
  does[order.do](order);
});
