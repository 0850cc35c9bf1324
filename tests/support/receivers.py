#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Receivers of webhooks and mail, good and bad, for tests.

usage: receivers.py serve DIR      makes certificates, listens on 127.0.0.1, writes DIR/ports (NAME=PORT a line), then serves;
                                   what comes is noted in DIR/requests (a JSON object a line) and DIR/mails
       receivers.py check DIR SECRET...   checks every signature of DIR/requests independently of the senders' code: each must
                                   be that of one of the secrets, and recent. Prints how many there are
       receivers.py mail DIR       prints what mails say, decoded by Python's own parser

Webhooks by their paths: /good, /slow (1 s), /hang, /endless, /status/N, /later (429 with Retry-After, then good), /flaky/N (N
times 503, then good), /redirect (to a port that notes who comes).
Mails by their recipients: reject@ (550), later@ (451, then good), hang@; anything else is taken.
"""
import asyncio
import base64
import collections
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
import time

HANG_SECONDS = 60


def certificates(folder):
    """Two authorities, and a certificate of 127.0.0.1 and localhost by each."""
    for name in ("ca", "rogue"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-keyout", str(folder / name) + ".key", "-out", str(folder / name) + ".crt", "-subj",
                        f"/CN={name}"], check=True, capture_output=True)
    extensions = folder / "extensions"
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    for name, authority in (("good", "ca"), ("bad", "rogue")):
        base = folder / name
        subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                        f"{base}.key", "-out", f"{base}.csr", "-subj", f"/CN={name}"], check=True, capture_output=True)
        subprocess.run(["openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", f"{folder / authority}.crt", "-CAkey",
                        f"{folder / authority}.key", "-CAcreateserial", "-days", "2", "-extfile", str(extensions), "-out",
                        f"{base}.crt"], check=True, capture_output=True)


class Notes:
    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.Lock()
        self.seen = collections.Counter()

    def note(self, name, record):
        with self.lock, open(self.folder / name, "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def count(self, what):
        with self.lock:
            self.seen[what] += 1
            return self.seen[what]


def handler_of(notes, ports, kind):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments):
            pass

        def answer(self, status, headers=()):
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            notes.note("requests", {"kind": kind, "path": self.path, "at": time.time(),
                                    "headers": {name.lower(): value for name, value in self.headers.items()},
                                    "body": base64.b64encode(body).decode()})
            times = notes.count((kind, self.path))
            words = self.path.strip("/").split("/")
            if words[0] == "slow":
                time.sleep(1)
            if words[0] == "hang":
                time.sleep(HANG_SECONDS)
            if words[0] == "endless":
                self.send_response(200)
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(b"x" * 65536)
                except OSError:
                    return
            if words[0] == "redirect":
                self.answer(307, [("Location", f"http://127.0.0.1:{ports['inside']}/private")])
            elif words[0] == "status":
                self.answer(int(words[1]))
            elif words[0] == "later" and times == 1:
                self.answer(429, [("Retry-After", "3")])
            elif words[0] == "flaky" and times <= int(words[1]):
                self.answer(503)
            else:
                self.answer(204)

        do_GET = do_POST

    return Handler


def listen(notes, ports, name, certificate_name):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_of(notes, ports, name))
    server.daemon_threads = True
    server.handle_error = lambda *arguments: None    # who trusts no such certificate, or gives up
    if certificate_name:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{notes.folder / certificate_name}.crt", f"{notes.folder / certificate_name}.key")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    ports[name] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()


class Mails:
    def __init__(self, notes):
        self.notes = notes

    async def handle_RCPT(self, server, session, envelope, address, options):
        user = address.split("@")[0]
        if user == "reject":
            return "550 no such user here"
        if user == "later" and self.notes.count(address) == 1:
            return "451 try again later"
        if user == "hang":
            await asyncio.sleep(HANG_SECONDS)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.notes.note("mails", {"from": envelope.mail_from, "to": envelope.rcpt_tos,
                                  "tls": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
                                  "content": base64.b64encode(envelope.original_content).decode()})
        return "250 taken"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listen_mail(notes, ports):
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=data.login == b"anlan" and data.password == "口令 secret".encode())

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{notes.folder / 'good'}.crt", f"{notes.folder / 'good'}.key")
    kinds = {"smtps": {"ssl_context": context, "auth_required": True, "auth_require_tls": False,
                       "authenticator": authenticate},
             "starttls": {"tls_context": context, "require_starttls": True},
             "plain": {}}
    for name, options in kinds.items():
        ports[name] = free_port()
        Controller(Mails(notes), hostname="127.0.0.1", port=ports[name], **options).start()


def serve(folder):
    folder.mkdir(exist_ok=True)
    notes = Notes(folder)
    ports = {}
    certificates(folder)
    for name, kind in (("https", "good"), ("other", "good"), ("rogue", "bad"), ("http", None), ("inside", None)):
        listen(notes, ports, name, kind)
    listen_mail(notes, ports)
    ports["metrics"] = free_port()    # for whoever needs one
    made = folder / "ports.new"
    made.write_text("".join(f"{name}={port}\n" for name, port in ports.items()))
    made.rename(folder / "ports")
    threading.Event().wait()


def read(folder, name):
    path = folder / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def check(folder, secrets):
    keys = [base64.b64decode(secret.removeprefix("whsec_"), validate=True) for secret in secrets]
    good = 0
    for request in read(folder, "requests"):
        headers, body = request["headers"], base64.b64decode(request["body"])
        if abs(request["at"] - int(headers["webhook-timestamp"])) > 120:
            sys.exit(f"an old timestamp: {headers}")
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = {"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys}
        if not wanted & set(headers["webhook-signature"].split()):
            sys.exit(f"a wrong signature: {headers}")
        event = json.loads(body)
        if event["specversion"] != "1.0" or event["id"] != headers["webhook-id"] or not event["source"] or not event["type"] \
                or not headers["content-type"].startswith("application/cloudevents+json"):
            sys.exit(f"no CloudEvent: {event}")
        good += 1
    print(good)


def show_mails(folder):
    for mail in read(folder, "mails"):
        content = base64.b64decode(mail["content"])
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        if parsed.defects or any(parsed[name].defects for name in ("Subject", "From", "To", "Date")):
            sys.exit(f"defects: {parsed.defects}")
        if any(len(line) > 78 for line in content.split(b"\r\n")) or not content.isascii():
            sys.exit("a long line or bytes above ASCII")
        print(json.dumps({"to": mail["to"], "tls": mail["tls"], "subject": parsed["Subject"], "from": parsed["From"],
                          "id": parsed["Message-ID"], "headers": sorted(parsed.keys()), "text": parsed.get_content()},
                         ensure_ascii=False))


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("serve", "check", "mail"):
        sys.exit(__doc__)
    where = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "serve":
        serve(where)
    elif sys.argv[1] == "check":
        check(where, sys.argv[3:])
    else:
        show_mails(where)
