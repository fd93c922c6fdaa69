#!/usr/bin/env python3
"""Accounts for an InspIRCd: a services server, as far as signing in needs one.

    irc_services.py PORT

Links to the server on that port of 127.0.0.1 by its own protocol (1205) as services.chat.test, with
the password "link". Every account exists; its password is its name and "-secret". It is the IRC
server that then says who writes: this program only answers its questions. Says "linked" when the
link stands.
"""
import base64
import binascii
import socket
import sys
import time

SID = "0SV"
AGENT = SID + "AAAAAA"


class Link:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))

    def say(self, line):
        self.socket.sendall((line + "\r\n").encode())

    def run(self):
        for line in ("CAPAB START 1205", "CAPAB CAPABILITIES :PROTOCOL=1205", "CAPAB END",
                     f"SERVER services.chat.test link 0 {SID} :Accounts"):
            self.say(line)
        for line in self.socket.makefile("r", encoding="utf-8", errors="replace"):
            words = line.rstrip("\r\n").split(" ")
            if words[0] == "SERVER":
                self.say(f":{SID} BURST {int(time.time())}")
                self.say(f":{SID} METADATA * saslmechlist :PLAIN")
                self.say(f":{SID} ENDBURST")
            elif words[1:2] == ["ENDBURST"]:
                print("linked", flush=True)
            elif words[1:2] == ["PING"]:
                self.say(f":{SID} PONG {words[0][1:]}")
            elif words[1:2] == ["ENCAP"] and words[3:4] == ["SASL"]:
                self.sign_in(words[0][1:], words[4], words[6], words[7])

    def sign_in(self, server, user, kind, data):
        def answer(kind, data):
            self.say(f":{SID} ENCAP {server} SASL {AGENT} {user} {kind} {data}")
        if kind == "S":
            answer("C", "+")
        elif kind == "C":
            try:
                _, account, password = base64.b64decode(data).decode().split("\0")
            except (ValueError, binascii.Error):
                account = password = ""
            if account and password == account + "-secret":
                self.say(f":{SID} METADATA {user} accountname :{account}")
                answer("D", "S")
            else:
                answer("D", "F")


Link(int(sys.argv[1])).run()
