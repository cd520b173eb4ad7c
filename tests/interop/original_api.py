"""The part of the original's REST API that keeps apps, written from the contract (sections 3 and 6) alone; nothing of ours.

`*.zip` files of a directory, each looked up by the name in its manifest; falcon's statuses, headers and bodies.
"""

import http.server
import io
import json
import pathlib
import threading
import zipfile
from typing import Optional


def manifest_in(archive: bytes) -> dict:
    """Plain `key: value` lines, which is what these tests write."""
    with zipfile.ZipFile(io.BytesIO(archive)) as reader:
        lines = reader.read("manifest.yml").decode().splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    manifest: dict = {key.strip(): int(value) if value.strip().isdigit() else value.strip() for key, value in pairs}
    return {**manifest, "name": manifest["name"]}


class OriginalApi(http.server.ThreadingHTTPServer):
    daemon_threads = True

    class Handler(http.server.BaseHTTPRequestHandler):
        server: "OriginalApi"
        protocol_version = "HTTP/1.1"

        def answer(self, status: int, value: Optional[object] = None, body: bytes = b"", kind: str = "application/json",
                   **headers: str) -> None:
            body = json.dumps(value).encode() if value is not None else body
            self.send_response(status)
            for name, text in (("content-type", kind), ("content-length", str(len(body))), ("access-control-allow-origin", "*"),
                               *headers.items()):
                self.send_header(name.replace("_", "-"), text)
            self.end_headers()
            self.wfile.write(body)

        def parts(self) -> list[str]:
            return self.path.split("/")[1:]

        def do_GET(self) -> None:  # noqa: N802
            found = {manifest["name"]: (path, manifest) for path, manifest in self.server.apps()}
            match self.parts():
                case ["api", "apps"]:
                    self.answer(200, [{"name": name, "manifest": manifest} for name, (_, manifest) in found.items()])
                case ["api", "apps", name] if name in found:
                    self.answer(200, {"name": name, "manifest": found[name][1]})
                case ["api", "apps", name, "download"] if name in found:
                    self.answer(200, body=found[name][0].read_bytes(), kind="application/zip",
                                content_disposition=f'attachment; filename="{found[name][0].name}"')
                case _:
                    self.answer(404)

        def do_POST(self) -> None:  # noqa: N802
            archive = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.uploads.append((self.headers.get("Content-Type"), archive))
            try:
                manifest = manifest_in(archive)
            except Exception as error:
                description = f"('Error extracting archive ...', {error!r})"
                self.answer(400, {"title": "Error processing upload", "description": description}, vary="Accept")
                return
            (self.server.directory / f"{manifest['name']}.zip").write_bytes(archive)
            self.answer(201, {"name": manifest["name"], "manifest": manifest})

        def do_DELETE(self) -> None:  # noqa: N802
            found = [path for path, manifest in self.server.apps() if [manifest["name"]] == self.parts()[2:]]
            for path in found:
                path.unlink()
            self.answer(200, bool(found))

        def log_message(self, *_: object) -> None:
            pass

    def __init__(self, directory: pathlib.Path):
        super().__init__(("127.0.0.1", 0), self.Handler)
        directory.mkdir()
        self.directory = directory
        self.uploads: list[tuple[Optional[str], bytes]] = []  # content type, body
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def apps(self) -> list[tuple[pathlib.Path, dict]]:
        return [(path, manifest_in(path.read_bytes())) for path in sorted(self.directory.glob("*.zip"))]

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
