"""What goes over the wire: tokens, packing, encryption, connections that are kept and lost."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
import servers
from conftest import Script

import candor


def test_tokens_paths_and_packing(recorder: servers.Recorder) -> None:
    settings = candor.Settings(server=f"{recorder.url}/base/", spool="", token="geheim", compress=True, columns=False)
    client = candor.Client(settings)
    for n in range(50):
        client.log_prediction("m", {"n": n})
    assert client.flush(60)
    ((path, headers, body),) = recorder.bodies
    assert (path, headers["authorization"], headers["content-encoding"]) == (
        "/base/v1/events",
        "Bearer geheim",
        "gzip",
    )
    assert len(body) > int(headers["content-length"]), "packed"
    assert [event["inputs"]["n"] for event in recorder.events()] == list(range(50))


def test_packed_requests_reach_the_real_server(server: servers.Candor) -> None:
    for name, columns in (("packed-lines", False), ("packed-columns", True)):
        client = candor.Client(candor.Settings(server=server.url, spool="", compress=True, columns=columns))
        for n in range(100):
            client.log_prediction(name, {"n": n})
        assert client.flush(60)
        assert server.one(f'SELECT count(*) FROM "{name}".predictions') == 100


def test_a_connection_is_kept_and_one_that_was_closed_is_no_failure(recorder: servers.Recorder) -> None:
    client = candor.Client(candor.Settings(server=recorder.url, spool="", batch_rows=1))
    recorder.answers.append((200, {"connection": "close"}, {"accepted": 1}))
    for n in range(3):
        client.log_prediction("m", {"n": n})
        assert client.flush(60)
    assert (client.stats().requests, client.stats().retries, client.stats().accepted) == (3, 0, 3)


def test_what_is_no_candor_server_is_no_reason_to_raise(script: Script) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        import threading

        def speak() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.sendall(b"SSH-2.0-OpenSSH_9\r\n")
                connection.close()

        threading.Thread(target=speak, daemon=True).start()
        done = script(
            """
            import candor
            candor.log_prediction("m", {"n": 1})
            assert not candor.flush(0.5)
            print(candor.stats().last_problem)
            """,
            f"http://127.0.0.1:{listener.getsockname()[1]}",
        )
    assert "no answer from" in done.stdout


def test_encrypted(recorder: servers.Recorder, tmp_path: Path, script: Script) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of this test, and is not installed")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    how = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*how, *names, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    recorder._server.socket = context.wrap_socket(recorder._server.socket, server_side=True)
    url = recorder.url.replace("http://", "https://")
    program = """
        import candor
        candor.configure(exit_wait=0.5)
        for n in range(5000):
            candor.log_prediction("m", {"n": n, "text": "x" * 50})
        print(candor.flush(%s), candor.stats().last_problem)
    """
    told = script(program % 30, url, SSL_CERT_FILE=str(certificate)).stdout
    assert told.startswith("True"), told
    assert [event["inputs"]["n"] for event in recorder.events()] == list(range(5000))
    assert "CERTIFICATE_VERIFY_FAILED" in script(program % 0.5, url, SSL_CERT_FILE=str(key)).stdout
