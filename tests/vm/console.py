#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""console.py SOCKET USER PASSWORD CMD [SECONDS]: logs in on a serial console (agetty, login) and
prints what CMD prints there; ends with its status."""
import re
import socket
import sys
import time

path, user, password, command = sys.argv[1:5]
end = time.time() + float(sys.argv[5] if len(sys.argv) > 5 else 180)
line = socket.socket(socket.AF_UNIX)
line.connect(path)
line.settimeout(1)
seen = ''


def send(text):
    line.sendall(text.encode() + b'\r')


def expect(pattern, poke=None):
    global seen
    while True:
        match = re.search(pattern, seen)
        if match:
            seen = seen[match.end():]
            return match
        if time.time() > end:
            sys.exit('no %r came; but %r' % (pattern, seen[-300:]))
        try:
            seen += line.recv(4096).decode(errors='replace')
        except socket.timeout:
            if poke is not None:
                send(poke)
                poke = None


expect('login: ', poke='')
send(user)
expect('[Pp]assword: ')
send(password)
answer = expect(r'[$#] |incorrect|(?<!Last )login: |denied|[Ff]ailure').group(0)
if answer not in ('$ ', '# '):
    sys.exit('the login failed: ' + answer)
send("stty -echo; PS1=''; export TERM=dumb")
time.sleep(1)
send('echo BE""GIN; { %s; }; echo EN""D $?; exit' % command)
expect('BEGIN\r?\n')
result = expect(r'(?s)(.*?)END (\d+)')
sys.stdout.write(re.sub(r'\x1b\[[?0-9;]*[a-zA-Z]|\r', '', result.group(1)))
sys.exit(int(result.group(2)))
