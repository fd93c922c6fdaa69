#!/usr/bin/env python3
"""Somebody in an XMPP room, with slixmpp: a client that shares no code with tocsin-chat.

    xmpp_person.py JID PASSWORD HOST PORT CA ROOM NICK ORDERS

Reads orders, one JSON object a line, from the named pipe ORDERS:
    {"do": "say", "text": "…"}                     into the room
    {"do": "tell", "to": "JID", "text": "…"}       a direct message
    {"do": "react", "id": "STANZA-ID", "with": "…"}
    {"do": "raw", "xml": "…"}
    {"do": "archive"}                              all that the room's archive holds
Writes what it sees, one JSON object a line, to standard output:
    {"saw": "ready"}, {"saw": "direct", "from", "text"}, {"saw": "archived", "text"},
    {"saw": "room", "nick", "text", "id", "stanza_id"}
"""
import asyncio
import json
import logging
import os
import sys
import threading

# The library prints a word of its own now and then (its muc.py does); what is told must stay JSON.
TOLD, sys.stdout = sys.stdout, sys.stderr

import slixmpp  # noqa: E402

logging.disable(logging.CRITICAL)


def tell(**seen):
    print(json.dumps(seen), file=TOLD, flush=True)


class Person(slixmpp.ClientXMPP):
    def __init__(self, jid, password, room, nick):
        super().__init__(jid, password)
        self.room, self.nick = room, nick
        self.register_plugin("xep_0045")
        self.register_plugin("xep_0313")
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("groupchat_message", self.on_room)
        self.add_event_handler("message", self.on_message)
        self.add_event_handler("failed_auth", lambda _: tell(saw="failed_auth"))

    async def on_start(self, _):
        self.send_presence()
        if self.room:
            self.add_event_handler(f"muc::{self.room}::self-presence", lambda _: tell(saw="ready"))
            self.plugin["xep_0045"].join_muc(self.room, self.nick, maxhistory="0")
        else:
            tell(saw="ready")

    def on_room(self, message):
        stanza_id = next((child.get("id") for child in message.xml
                          if child.tag == "{urn:xmpp:sid:0}stanza-id"), "")
        if message["body"]:
            tell(saw="room", nick=message["from"].resource, text=message["body"],
                 id=message["id"], stanza_id=stanza_id)

    def on_message(self, message):
        if message["type"] in ("chat", "normal") and message["body"]:
            tell(saw="direct", **{"from": message["from"].bare}, text=message["body"])
        elif message["type"] == "error":
            tell(saw="error", text=str(message["error"]["condition"]))

    def obey(self, order):
        if order["do"] == "say":
            self.send_message(mto=self.room, mbody=order["text"], mtype="groupchat")
        elif order["do"] == "tell":
            self.send_message(mto=order["to"], mbody=order["text"], mtype="chat")
        elif order["do"] == "react":
            self.send_raw(f"<message to='{self.room}' type='groupchat' id='r-{order['id']}'>"
                          f"<reactions id='{order['id']}' xmlns='urn:xmpp:reactions:0'>"
                          f"<reaction>{order['with']}</reaction></reactions>"
                          "<store xmlns='urn:xmpp:hints'/></message>")
        elif order["do"] == "raw":
            self.send_raw(order["xml"])
        elif order["do"] == "archive":
            asyncio.ensure_future(self.read_archive())

    async def read_archive(self):
        async for result in self.plugin["xep_0313"].iterate(jid=slixmpp.JID(self.room)):
            text = result["mam_result"]["forwarded"]["stanza"]["body"]
            tell(saw="archived", text=text)
        tell(saw="end", nick="archive", text="end")


def main():
    jid, password, host, port, authority, room, nick, orders = sys.argv[1:]
    person = Person(jid, password, room, nick)
    person.ca_certs = authority
    loop = asyncio.get_event_loop()

    def read_orders():
        # Read and write, so that the pipe does not end with each writer.
        with os.fdopen(os.open(orders, os.O_RDWR), "r", encoding="utf-8") as pipe:
            for line in pipe:
                loop.call_soon_threadsafe(person.obey, json.loads(line))

    threading.Thread(target=read_orders, daemon=True).start()
    person.connect((host, int(port)))
    person.process(forever=True)


main()
