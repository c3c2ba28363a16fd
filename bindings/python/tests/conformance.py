"""One upload, or two at once, as a request file says; see bindings/README.md."""

import gc
import sys
import threading
from typing import Any, Callable, Dict, List, Tuple

import oss_resumable as oss

Lines = List[Tuple[str, Any]]

CONFIG_TEXT = {
    "endpoint": "endpoint",
    "region": "region",
    "access_key_id": "access_key_id",
    "access_key_secret": "access_key_secret",
    "sts_token": "security_token",
    "user_agent": "user_agent",
}
CONFIG_TIME = {name + "_ms": name for name in ("connect_timeout", "stall_timeout", "retry_timeout")}
CREDENTIALS = (
    "provider profile_file profile_name process role_name metadata_endpoint role_arn "
    "oidc_provider_arn oidc_token_file role_session_name sts_endpoint"
).split()
CALLBACK = ("url", "host", "body", "body_type")
VERIFY = {"0": oss.Verify.IN_DOUBT, "1": oss.Verify.ALWAYS, "2": oss.Verify.NEVER}
ACTIONS = (
    "cancel_at throw_at new_credentials_at new_access_key_id new_access_key_secret new_sts_token "
    "gc discard"
).split()


class Thrown(Exception):
    pass


class Request:
    def __init__(self) -> None:
        self.config = oss.Config()
        self.credentials: Dict[str, str] = {}
        self.what: Dict[str, str] = {}
        self.second: Dict[str, str] = {}
        self.options: Dict[str, Any] = {}
        self.headers: Dict[str, str] = {}
        self.callback: Dict[str, Any] = {}
        self.variables: Dict[str, str] = {}
        self.actions: Dict[str, str] = {}

    def read(self, path: str) -> None:
        with open(path, encoding="utf-8", newline="\n") as file:
            for line in file:
                line = line.rstrip("\n")
                if line:
                    name, _, value = line.partition("=")
                    self.set(name, decode(value))
        if self.credentials:
            self.config.credentials_provider = oss.credentials.DefaultCredentialsProvider(
                **self.credentials
            )
        if self.callback:
            self.options["callback"] = oss.Callback(variables=self.variables, **self.callback)
        self.options["headers"] = self.headers

    def set(self, name: str, value: str) -> None:
        group, _, field = name.partition(".")
        if group == "config":
            self.set_config(field, value)
        elif group == "credentials" and field in CREDENTIALS:
            self.credentials[field] = value
        elif group == "upload":
            self.set_upload(field, value)
        elif group == "second" and field in ("bucket", "object", "file"):
            self.second[field] = value
        elif group == "action" and field in ACTIONS:
            self.actions[field] = value
        else:
            unknown(name)

    def set_config(self, field: str, value: str) -> None:
        if field in CONFIG_TEXT:
            setattr(self.config, CONFIG_TEXT[field], value)
        elif field in CONFIG_TIME:
            setattr(self.config, CONFIG_TIME[field], int(value) / 1000)
        elif field in ("max_retries", "bandwidth_limit"):
            setattr(self.config, field, int(value))
        else:
            unknown("config." + field)

    def set_upload(self, field: str, value: str) -> None:
        if field in ("bucket", "object", "file"):
            self.what[field] = value
        elif field in ("part_size", "thread_num"):
            name = {"part_size": "part_size", "thread_num": "parallel_num"}[field]
            self.options[name] = oss.AUTO if value == "auto" else int(value)
        elif field in ("enable_checkpoint", "resume_by_content"):
            self.options[field] = value != "0"
        elif field == "checkpoint_path":
            self.options[field] = value
        elif field == "verify_on_resume":
            self.options[field] = VERIFY[value]
        elif field.startswith("header."):
            self.headers[field[len("header.") :]] = value
        elif field.startswith("callback.var."):
            self.variables["x:" + field[len("callback.var.") :]] = value
        elif field.startswith("callback.") and field[len("callback.") :] in CALLBACK:
            self.callback[field[len("callback.") :]] = value
        else:
            unknown("upload." + field)


class Run:
    """One upload with its actions."""

    def __init__(self, client: oss.Client, request: Request, what: Dict[str, str]) -> None:
        self.client = client
        self.request = request
        self.what = what
        self.calls = 0
        self.last = 0
        self.total = 0
        self.collected = 0
        self.collecting = 0
        self.monotonic = True
        self.upload: Any = None
        # Actions are for the first upload; the second one shows that it is left alone.
        self.actions = dict(request.actions if what is request.what else {})
        self.collections = int(self.actions.get("gc", "0"))
        self.lines: Lines = []

    def progress(self, increment: int, consumed: int, total: int) -> None:
        if consumed < self.last or consumed > total:
            self.monotonic = False
        self.calls, self.last, self.total = self.calls + 1, consumed, total
        self.collect()
        if self.reached("new_credentials_at"):
            self.client.set_credentials(
                self.actions["new_access_key_id"],
                self.actions["new_access_key_secret"],
                self.actions.get("new_sts_token"),
            )
        if self.reached("cancel_at"):
            self.upload.cancel()
        if self.reached("throw_at"):
            raise Thrown("CONFORMANCE")

    def collect(self) -> None:
        """Spread over the calls, while parts are on their way: the bandwidth limit keeps the upload
        from ending before the last of them."""
        left = self.collections - self.collected
        if left == 0:
            return
        self.collecting += 1
        for _ in range(min(left, 500)):
            gc.collect()
            self.collected += 1
        if self.collected == self.collections:
            self.client.set_bandwidth_limit(0)

    def reached(self, action: str) -> bool:
        """Once."""
        if action not in self.actions or self.last < int(self.actions[action]):
            return False
        del self.actions[action]
        return True

    def run(self) -> None:
        try:
            lines = self.discard() if self.request.actions.get("discard") == "1" else self.transfer()
        except oss.Error as error:
            lines = error_lines(error)
        except Thrown as error:
            lines = [("outcome", "thrown"), ("thrown", str(error))]
        lines += [
            ("progress.calls", self.calls),
            ("progress.last", self.last),
            ("progress.total", self.total),
            ("progress.monotonic", int(self.monotonic)),
        ]
        if self.collections:
            lines += [("collections", self.collected), ("collections.calls", self.collecting)]
        self.lines = lines

    def discard(self) -> Lines:
        path = self.request.options.get("checkpoint_path")
        self.client.discard(self.what["bucket"], self.what["object"], self.what["file"], path)
        return [("outcome", "ok")]

    def transfer(self) -> Lines:
        with self.client.start_upload(
            self.what["bucket"],
            self.what["object"],
            self.what["file"],
            progress_fn=self.progress,
            **self.request.options,
        ) as self.upload:
            return result_lines(self.upload.result())


def result_lines(result: oss.UploadResult) -> Lines:
    lines: Lines = [
        ("outcome", "ok"),
        ("etag", result.etag),
        ("version_id", result.version_id),
        ("upload_id", result.upload_id),
        ("crc64", result.hash_crc64),
        ("resumed_bytes", result.resumed_bytes),
        ("part_size", result.part_size),
        ("parts", result.parts),
        ("retries", result.retries),
        ("warnings", int(result.warnings)),
        ("callback_error", result.callback_error),
        ("body", result.body or None),
    ]
    return lines + [("header." + name, value) for name, value in result.headers.items()]


def error_lines(error: oss.Error) -> Lines:
    return [
        ("outcome", "error"),
        ("code", int(error.code)),
        ("message", error.message),
        ("stage", error.stage),
        ("part_number", error.part_number),
        ("offset", error.offset),
        ("http_status", error.status_code),
        ("error_code", error.error_code),
        ("request_id", error.request_id),
        ("host_id", error.host_id),
        ("ec", error.ec),
        ("os_errno", error.errno),
        ("reason", error.reason),
        ("attempts", error.attempts),
        ("retryable", int(error.retryable)),
    ]


def decode(value: str) -> str:
    return value.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def unknown(name: str) -> None:
    sys.stderr.write("conformance: unknown name {}\n".format(name))
    sys.exit(2)


def write(prefix: str, lines: Lines) -> None:
    out = sys.stdout.buffer
    for name, value in lines:
        if value is not None:
            data = value if isinstance(value, bytes) else str(value).encode()
            data = data.replace(b"%", b"%25").replace(b"\n", b"%0A").replace(b"\r", b"%0D")
            out.write((prefix + name).encode() + b"=" + data + b"\n")
    out.flush()


def main() -> None:
    if len(sys.argv) != 2:
        sys.stderr.write("usage: conformance REQUEST\n")
        sys.exit(2)
    request = Request()
    request.read(sys.argv[1])
    try:
        client = oss.Client(request.config)
    except oss.Error as error:
        write("", error_lines(error))
        return
    # What was made up to here stays: it need not be looked at 10,000 times.
    gc.freeze()
    with client:
        runs = [Run(client, request, request.what)]
        if request.second:
            runs.append(Run(client, request, request.second))
        together([run.run for run in runs])
    for prefix, run in zip(("", "second."), runs):
        write(prefix, run.lines)


def together(functions: List[Callable[[], None]]) -> None:
    others = [threading.Thread(target=function) for function in functions[1:]]
    for thread in others:
        thread.start()
    functions[0]()
    for thread in others:
        thread.join()


if __name__ == "__main__":
    main()
