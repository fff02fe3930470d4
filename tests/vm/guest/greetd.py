#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A greeter of greetd(1): logs in whom a line "USER PASSWORD COMMAND" of the FIFO /run/greeter.type names.

Appends each answer of greetd, and "asks" whenever it is started, to /run/greeter.log.
"""
import json
import os
import socket
import struct


def log(text):
    with open("/run/greeter.log", "a") as file:
        print(text, file=file)


def ask(connection, request):
    body = json.dumps(request).encode()
    connection.sendall(struct.pack("=I", len(body)) + body)
    (size,) = struct.unpack("=I", connection.recv(4, socket.MSG_WAITALL))
    answer = json.loads(connection.recv(size, socket.MSG_WAITALL))
    log(" ".join(str(answer[key]) for key in sorted(answer)))
    return answer


def log_in(connection, user, password, command):
    answer = ask(connection, {"type": "create_session", "username": user})
    while answer["type"] == "auth_message":
        reply = {"type": "post_auth_message_response"}
        if answer["auth_message_type"] in ("secret", "visible"):
            reply["response"] = password
        answer = ask(connection, reply)
    if answer["type"] == "success":
        answer = ask(connection, {"type": "start_session", "cmd": [command], "env": []})
    if answer["type"] != "success":
        ask(connection, {"type": "cancel_session"})
    return answer["type"] == "success"


log("asks")
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(os.environ["GREETD_SOCK"])
    while True:
        with open("/run/greeter.type") as file:
            if log_in(connection, *file.readline().split()):
                break
