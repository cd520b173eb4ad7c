"""What capture_requests.py sends with python-requests: one row for each request.

A row is `row(name, parameters, ...)`. `parameters` are a client's, as JSON has them: `{"__bytes__": base64}` stands for
bytes, and a list for the tuples of `auth` and `timeout`. `ours` says where Galileo means to differ, and why:
REFUSED, or an object with what to `replace` in the bytes, with `accepts` (python-requests fails, we do not), or with `first_only`
(the requests after the first differ).
"""

import base64


def b(data):
    return {"__bytes__": base64.b64encode(data).decode("ascii")}


def row(name, parameters, *, host="service.example:8080", scheme="http", env=None, netrc=None, answers=(), ours=None):
    return {"name": name, "parameters": parameters, "scheme": scheme, "host": host, "env": env or {}, "netrc": netrc,
            "answers": list(answers), "ours": ours}


def kw(name, method="get", path=None, *, host="service.example:8080", scheme="http", env=None, netrc=None, answers=(),
       ours=None, **kwargs):
    parameters = {"method": method}
    if path is not None:
        parameters["path"] = path
    if kwargs:
        parameters["kwargs"] = kwargs
    return row(name, parameters, host=host, scheme=scheme, env=env, netrc=netrc, answers=answers, ours=ours)


def to(status, location, *cookies, **headers):
    fields = [["Location", location]] + [["Set-Cookie", cookie] for cookie in cookies]
    return [status, fields + [[name.replace("_", "-"), value] for name, value in headers.items()]]


REFUSED = "refused"  # by us, before anything is sent
UTF8 = "contract 2.10 and later versions of python-requests: UTF-8"

METHODS = [row("nothing", {}), row("null", None)] + [
    kw(f"method_{method}", method)
    for method in ("get", "GET", "Post", "PuT", "delete", "head", "options", "patch", "trace", "purge")
] + [kw(f"method_{method}_data", method, data="x") for method in ("get", "post", "put", "delete", "head", "patch")] + [
    kw("method_space", "get x", ours=REFUSED),
]

PATHS = [
    kw(f"path_{name}", path=path) for name, path in {
        "empty": "", "root": "/", "query_alone": "?a=1", "plain": "/a/b", "space": "/a b", "umlaut": "/ä/ü",
        "cyrillic": "/путь", "emoji": "/😀", "query_umlaut": "/?q=ü x", "escapes": "/a%20b%7e%2f?x=%41",
        "bad_escape": "/%zz%41", "bad_escape_query": "/a b/ä?q=ü x&y=%20%7e%zz", "half_escape": "/a%2", "percent": "/100%",
        "percent_query": "/?a=100%", "dots": "/a/../b/./c/..", "dots_up": "/../../x", "dots_inside": "/a/b/../../../c",
        "dots_query": "/a?x=../b", "fragment": "/a#frag", "fragment_query": "/a?x=1#frag?y=2", "slashes": "//double",
        "slashes_inside": "/a//b", "brackets": "/x[1]?y[]=1&z={}|^`\"<>\\", "reserved": "/!$&'()*+,;=:@?!$&'()*+,;=:@/?",
        "tilde": "/~user/-._~", "plus": "/a+b?c+d", "colon": "/a:b", "question": "/a??b", "empty_query": "/a?",
        "lower_escape": "/%c3%a4?%c3%a4", "unreserved_escape": "/%61%2D%2e%5f%7E", "dot_escape": "/a/%2e%2e/b",
        "trailing_space": "/a ", "semicolon": "/a;b=c?d;e",
    }.items()
]

PARAMS = [kw(f"params_{name}", params=value) for name, value in {
    "object": {"a": "1", "b": "2"}, "order": {"z": "1", "a": "2", "m": "3"}, "space": {"a b": "c d"},
    "reserved": {"a&b": "c=d/e?f+g~h*i", "q": "100%"}, "unicode": {"ä": "ü€", "emoji": "😀"}, "null": {"a": None, "b": "1"},
    "only_null": {"a": None}, "empty_value": {"a": ""}, "empty_key": {"": "x"}, "empty": {}, "empty_list": {"a": []},
    "list": {"a": ["1", "2", None, ""]}, "numbers": {"i": 1, "f": 2.5, "e": 1e22, "n": -0.0, "big": 12345678901234567},
    "bools": {"t": True, "f": False}, "mixed": {"l": [1, 2.5, True, None, "ä"]}, "nested_list": {"a": [[1, 2], [3]]},
    "nested_null": {"a": [[None, "x"]]}, "object_value": {"o": {"k": 1, "j": 2}}, "list_of_objects": {"a": [{"k": 1, "j": 2}]},
    "string": "raw=a b&c=ä", "string_question": "?x=1", "string_fragment": "a=1#b=2", "string_escape": "a=%20&b=%zz",
    "string_empty": "", "pairs": [["a", "1"], ["a", "2"], ["b", None]], "pairs_number_key": [[1, 2], [3, 4]],
    "bytes": b(b"a=1 b"), "bytes_value": {"a": b(b"\xff\x00 &")}, "control": {"a": "x\ny\tz"}, "plus": {"a": "1+1 = 2"},
}.items()] + [
    kw("params_query", path="/p?x=1", params={"y": "2"}), kw("params_question", path="/p?", params={"y": "2"}),
    kw("params_query_string", path="/p?x=1#f", params="raw=a b&c=ä"), kw("params_bytes_utf8", params=b("a=ä".encode()), ours={"why": "python-requests reads them as ASCII and fails", "accepts": True}),
    kw("params_number", params=5, ours=REFUSED),
    kw("params_list_of_strings", params=["ab"], ours=REFUSED), kw("params_true", params=True, ours=REFUSED),
]

DATA = [kw(f"data_{name}", "post", data=value) for name, value in {
    "json_text": '{"a": 1}', "empty_string": "", "empty_object": {}, "null": None, "zero": 0, "false": False,
    "line_ends": "a\r\nb\n", "bytes": b(b"\x00\xff\xfe"), "empty_bytes": b(b""), "object": {"a": "b c", "l": [1, 2], "n": None, "t": "ä&="},
    "order": {"z": 1, "a": 2}, "pairs": [["k", "v"], ["k", "w"]], "only_null": {"n": None}, "empty_list": {"n": []},
    "bytes_value": {"f": b(b"\xff&")}, "numbers": {"i": 1, "f": 1.5, "t": True}, "empty_value": {"a": ""}, "unicode": {"ä": "€"},
    "list_in_list": {"a": [["x", "y"], "z"]}, "object_value": {"a": {"k": "v"}}, "large": "x" * 3000,
}.items()] + [
    kw("data_only_null_put", "put", data={"n": None}),
    kw("data_only_null_get", data={"n": None}),
    kw("data_only_null_auth", "post", data={"n": None}, auth=["u", "p"]),
    kw("data_latin1", "post", data="über", ours={"why": UTF8, "replace": [["Content-Length: 4", "Content-Length: 5"], ["\xfc", "\xc3\xbc"]]}),
    kw("data_beyond_latin1", "post", data="日本", ours={"why": UTF8, "accepts": True}),
    kw("data_number", "post", data=5, ours=REFUSED), kw("data_true", "post", data=True, ours=REFUSED),
    kw("data_list_of_strings", "post", data=["a"], ours=REFUSED),
]

JSON = [kw(f"json_{name}", "post", json=value) for name, value in {
    "object": {"a": [1, 2.0, None, "ä€😀"], "b": {"c": True}}, "empty_object": {}, "empty_list": [], "null": None, "zero": 0, "false": False,
    "true": True, "string": "text", "empty_string": "", "float": 1e22, "small_float": 1e-7, "negative": -5, "escapes": "\"\\/\b\f\n\r\t\u0001\u007f",
    "order": {"z": 1, "a": 2}, "nested": {"a": [{"b": [[], {}]}]}, "big": 12345678901234567890,
}.items()] + [
    kw("json_get", json={"a": 1}), kw("json_data_empty", "post", data={}, json={"x": 1}),
    kw("json_data", "post", data="d", json={"x": 1}), kw("json_data_form", "post", data={"d": 1}, json={"x": 1}),
]

HEADERS = [kw(f"headers_{name}", headers=value) for name, value in {
    "one": {"X-A": "1"}, "override": {"X-A": "1", "user-agent": "me", "Accept": None}, "case": {"ACCEPT": "text/plain"},
    "twice": {"X-A": "1", "x-a": "2"}, "order": {"Z": "1", "A": "2", "M": "3"}, "latin1": {"X": "é"}, "empty": {"X": ""}, "trail": {"X": "trail  "},
    "none": {}, "host": {"Host": "other"}, "host_lower": {"host": "other:1"}, "no_accept_encoding": {"Accept-Encoding": None},
    "no_user_agent": {"User-Agent": None}, "no_connection": {"Connection": None}, "close": {"Connection": "close"},
    "no_defaults": {"User-Agent": None, "Accept-Encoding": None, "Accept": None, "Connection": None}, "bytes": {"X": b(b"\xff")},
    "authorization": {"Authorization": "Bearer t"}, "null_unknown": {"X-Not": None}, "tab": {"X": "a\tb"}, "content_length_zero": {"Content-Length": "0"},
    "comma": {"X": "a, b;c=\"d\""}, "proxy_authorization": {"Proxy-Authorization": "Basic x"},
}.items()] + [
    kw("headers_content_type", "post", data="abc", headers={"Content-Type": "text/x"}),
    kw("headers_content_type_form", "post", data={"a": 1}, headers={"content-type": "text/x"}),
    kw("headers_content_type_json", "post", json={}, headers={"content-type": "application/foo"}),
    kw("headers_content_length", "post", data="abc", headers={"Content-Type": "text/x", "Content-Length": "1"}),
    kw("headers_null_content", "post", data="abc", headers={"Content-Length": None, "Content-Type": None}),
    kw("headers_post_length", "post", headers={"Content-Length": "0", "X": "y"}),
    kw("headers_number", headers={"X": 5}), kw("headers_beyond_latin1", headers={"X": "€"}), kw("headers_lead", headers={"X": " lead"}),
    kw("headers_newline", headers={"X": "a\r\nb"}), kw("headers_list", headers=["a"]), kw("headers_list_value", headers={"X": ["a"]}),
    kw("headers_name_colon", headers={"a:b": "x"}), kw("headers_name_space", headers={"A B": "x"}, ours=REFUSED),
    kw("headers_transfer_encoding", headers={"Transfer-Encoding": "chunked"}, ours=REFUSED),
]

COOKIES = [kw(f"cookies_{name}", cookies=value) for name, value in {
    "one": {"a": "b"}, "space": {"a": "b", "c": "d e"}, "order": {"b": "1", "a": "2"}, "empty": {}, "empty_value": {"a": ""}, "null_value": {"a": None},
    "equals": {"a": "b=c"}, "latin1": {"a": "é"}, "comma": {"a": "1,2", "b": "x/y"},
}.items()] + [
    kw("cookies_header", headers={"Cookie": "z=1"}, cookies={"a": "b"}), kw("cookies_header_alone", headers={"Cookie": "z=1"}),
    kw("cookies_json", "post", cookies={"a": "b"}, json={"x": 1}, headers={"X-Z": "1"}), kw("cookies_string", cookies="a=b"),
    kw("cookies_number", cookies={"a": 5}), kw("cookies_query", path="/deep/er?x", cookies={"a": "b"}),
]

AUTH = [kw(f"auth_{name}", auth=value) for name, value in {
    "pair": ["user", "pass"], "empty_password": ["user", ""], "empty_user": ["", "pass"], "colon": ["user", "a:b"], "latin1": ["é", "ü"],
    "null": None, "empty": [], "unicode": ["日", "x"], "bytes": [b(b"u\xff"), b(b"p")],
}.items()] + [
    kw("auth_string", auth="u"), kw("auth_object", auth={"u": "p"}), kw("auth_post", "post", auth=["u", "p"], json={"a": 1}, cookies={"c": "d"}),
    kw("auth_header", auth=["u", "p"], headers={"Authorization": "Bearer t", "X": "y"}),
]

FILES = [kw(f"files_{name}", "post", files=value) for name, value in {
    "text": {"f": "content"}, "two": {"b": "1", "a": "2"}, "name": {"f": ["a.txt", "content"]}, "type": {"f": ["a.txt", "content", "text/plain"]},
    "headers": {"f": ["a.txt", "content", "text/plain", {"X-Part": "1", "Expires": "0"}]}, "bytes": {"f": b(b"\x00\xff\r\n--")},
    "bytes_name": {"f": ["i.png", b(b"\x89PNG\r\n"), "image/png"]}, "unicode": {"ä": ["naïve ☃.txt", "é"]}, "quotes": {"a\"b\\c": ["x\"y\\z\n\t.txt", "c"]},
    "null_name": {"f": [None, "content"]}, "null_content": {"f": ["a.txt", None], "g": "x"}, "only_null": {"f": ["a.txt", None]},
    "empty_content": {"f": ""}, "empty_name": {"f": ["", "x"]}, "pairs": [["f", "1"], ["f", ["b.txt", "2"]]], "empty": {}, "null": None,
    "null_type": {"f": ["a.txt", "c", None]}, "empty_type": {"f": ["a.txt", "c", ""]}, "number": {"f": ["a.txt", 5]},
}.items()] + [
    kw("files_data", "post", files={"f": "x"}, data={"a": "1", "l": ["2", "ä", None], "n": 3, "t": True}),
    kw("files_data_pairs", "post", files={"f": "x"}, data=[["a", "1"], ["a", "2"]]),
    kw("files_data_bytes_value", "post", files={"f": "x"}, data={"a": b(b"\xff")}),
    kw("files_json", "post", files={"f": "x"}, json={"a": 1}), kw("files_get", files={"f": "x"}),
    kw("files_content_type", "post", files={"f": "x"}, headers={"Content-Type": "multipart/form-data; boundary=mine"}),
    kw("files_data_string", "post", files={"f": "x"}, data="text"), kw("files_list_of_one", "post", files={"f": ["x"]}),
    kw("files_auth_cookies", "put", files={"f": "x"}, auth=["u", "p"], cookies={"c": "d"}), kw("files_string", "post", files="x", ours=REFUSED),
]

OTHERS = [kw(f"other_{key}_{name}", **{key: value}) for key, name, value in [
    ("timeout", "number", 5), ("timeout", "fraction", 0.5), ("timeout", "null", None), ("timeout", "zero", 0), ("timeout", "negative", -1),
    ("timeout", "pair", [3, 4.5]), ("timeout", "string", "5"), ("allow_redirects", "false", False), ("allow_redirects", "null", None),
    ("allow_redirects", "zero", 0), ("verify", "false", False), ("verify", "null", None), ("verify", "path", "/nope"), ("verify", "zero", 0),
    ("stream", "true", True), ("stream", "null", None), ("cert", "null", None),
    ("hooks", "empty", {}), ("hooks", "null", None), ("proxies", "empty", {}), ("bogus", "key", 1),
]]

OTHERS += [
    kw(f"other_cert_{name}", cert=cert, ours={"why": "files are looked at when a connection needs them", "accepts": True})
    for name, cert in (("path", "/nope"), ("pair", ["/a", "/b"]))
]

PROXY = "http://proxy.example:3128"
AUTH_PROXY = "http://us%40er:pa%3Ass@proxy.example:3128"
PROXIES = [kw(f"proxies_{name}", path="/a b?c=d", proxies=value) for name, value in {
    "http": {"http": PROXY}, "all": {"all": PROXY}, "https_only": {"https": PROXY}, "user": {"http": AUTH_PROXY}, "user_alone": {"http": "http://u@proxy.example:1"},
    "bare": {"http": "proxy.example:3128"}, "no_port": {"http": "http://proxy.example"}, "of_host": {"http://service.example": PROXY, "http": "http://wrong.example"},
    "all_of_host": {"all://service.example": PROXY, "all": "http://wrong.example"}, "null": {"http": None}, "empty": {"http": "", "all": PROXY},
    "path": {"http": PROXY + "/ignored"},
}.items()] + [
    kw("proxies_default_port", host="service.example:80", proxies={"http": PROXY}), kw("proxies_no_port_given", host="service.example", proxies={"http": PROXY}),
    kw("proxies_post", "post", proxies={"http": AUTH_PROXY}, json={"a": 1}, auth=["u", "p"]),
    kw("proxies_host_header", proxies={"http": PROXY}, headers={"Host": "other"}),
    kw("proxies_own_authorization", proxies={"http": AUTH_PROXY}, headers={"Proxy-Authorization": "mine", "X": "y"}),
    kw("proxies_socks", proxies={"http": "socks5://proxy.example:1"}), kw("proxies_string", proxies=PROXY),
    kw("proxies_connect", scheme="https", host="service.example", proxies={"https": PROXY}),
    kw("proxies_connect_user", scheme="https", host="service.example:8443", proxies={"https": AUTH_PROXY}),
] + [kw(f"proxies_env_{name}", env=env, host=host) for name, host, env in [
    ("upper", "service.example:8080", {"HTTP_PROXY": PROXY}), ("lower", "service.example:8080", {"http_proxy": PROXY}),
    ("both", "service.example:8080", {"HTTP_PROXY": "http://wrong.example:1", "http_proxy": PROXY}), ("all", "service.example:8080", {"ALL_PROXY": PROXY}),
    ("all_lower", "service.example:8080", {"all_proxy": PROXY}), ("http_before_all", "service.example:8080", {"ALL_PROXY": "http://wrong.example:1", "HTTP_PROXY": PROXY}),
    ("https_only", "service.example:8080", {"HTTPS_PROXY": PROXY}), ("cgi", "service.example:8080", {"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}),
    ("empty_lower", "service.example:8080", {"HTTP_PROXY": PROXY, "http_proxy": ""}), ("user", "service.example:8080", {"http_proxy": AUTH_PROXY}),
    ("no_exact", "service.example:8080", {"http_proxy": PROXY, "no_proxy": "service.example"}), ("no_upper", "service.example:8080", {"http_proxy": PROXY, "NO_PROXY": "service.example"}),
    ("no_suffix", "service.example:8080", {"http_proxy": PROXY, "no_proxy": "other, .example"}), ("no_part", "service.example:8080", {"http_proxy": PROXY, "no_proxy": "ice.example"}),
    ("no_port", "service.example:8080", {"http_proxy": PROXY, "no_proxy": "service.example:8080"}), ("no_other_port", "service.example:8080", {"http_proxy": PROXY, "no_proxy": "service.example:80"}),
    ("no_star", "service.example:8080", {"http_proxy": PROXY, "no_proxy": "*"}), ("no_other", "service.example:8080", {"http_proxy": PROXY, "no_proxy": "localhost,127.0.0.1"}),
    ("no_network", "10.1.2.3:8080", {"http_proxy": PROXY, "no_proxy": "10.0.0.0/8"}), ("no_other_network", "11.1.2.3:8080", {"http_proxy": PROXY, "no_proxy": "10.0.0.0/8"}),
    ("no_address", "10.1.2.3:8080", {"http_proxy": PROXY, "no_proxy": "10.1.2.3"}), ("no_address_part", "10.1.2.3:8080", {"http_proxy": PROXY, "no_proxy": "2.3"}),
    ("no_case", "service.example:8080", {"http_proxy": PROXY, "no_proxy": "SERVICE.example"}),
]] + [
    kw("proxies_env_and_own", env={"http_proxy": "http://wrong.example:1"}, proxies={"http": PROXY}),
    kw("proxies_env_and_null", env={"http_proxy": PROXY}, proxies={"http": None}), kw("proxies_env_and_empty", env={"http_proxy": PROXY}, proxies={"http": ""}),
    kw("proxies_own_no_proxy", env={"no_proxy": "service.example"}, proxies={"http": PROXY}),
    kw("proxies_no_proxy_key", env={"http_proxy": PROXY}, proxies={"no_proxy": "service.example"}),
    kw("proxies_env_connect", scheme="https", host="service.example", env={"https_proxy": PROXY}),
]

NETRC = "# ours\nmachine service.example login me password s3cret\nmachine other.example\n  login you\n  password \"two words\"\n"
NETRCS = [
    kw("netrc_known", netrc=NETRC), kw("netrc_other", netrc=NETRC, host="other.example"), kw("netrc_unknown", netrc=NETRC, host="third.example"),
    kw("netrc_default", netrc=NETRC + "default login any password thing\n", host="third.example"), kw("netrc_auth", netrc=NETRC, auth=["u", "p"]),
    kw("netrc_header", netrc=NETRC, headers={"Authorization": "Bearer t", "X": "y"}), kw("netrc_account", netrc="machine service.example account a password p\n"),
    kw("netrc_macro", netrc="macdef init\ncd /x\n\n" + NETRC), kw("netrc_bad", netrc="nonsense\n" + NETRC), kw("netrc_no_password", netrc="machine service.example login me\n"),
    kw("netrc_post", "post", netrc=NETRC, json={"a": 1}, cookies={"c": "d"}), kw("netrc_comment", netrc="machine service.example # here\n login me # there\n password x\n"),
    kw("netrc_proxy", netrc=NETRC, env={"http_proxy": AUTH_PROXY}), kw("netrc_address", netrc="machine 10.1.2.3 login a password b\n", host="10.1.2.3:80"),
]

HOSTS = [kw(f"host_{name}", host=host) for name, host in {
    "no_port": "service.example", "port": "service.example:81", "default_port": "service.example:80", "ipv4": "10.0.0.1:80", "ipv6": "[::1]:8080", "ipv6_default": "[::1]",
}.items()]

REDIRECTS = [
    kw(f"redirect_{status}_{method}", method, "/a/b?c=d", data="x", headers={"Content-Type": "text/x"}, answers=[to(status, "/next")])
    for status in (301, 302, 303, 307, 308) for method in ("get", "head", "post", "put", "delete", "patch")
] + [kw(f"redirect_to_{name}", path="/a/b?c=d", answers=[to(302, location)]) for name, location in {
    "relative": "x", "up": "../x", "query": "?x=1", "root": "/", "host": "http://other.example/x", "host_port": "http://other.example:81/x?y", "no_scheme": "//other.example/x",
    "no_path": "http://other.example", "space": "/a b", "utf8": "/ä", "escapes": "/%c3%a4%zz", "fragment": "/x#y", "user": "http://u:p@other.example/x", "case": "HTTP://OTHER.example/X",
    "same": "/a/b?c=d#again", "dots": "/x/../y", "mailto": "mailto:x", "ftp": "ftp://other.example/",
}.items()] + [
    kw("redirect_chain", answers=[to(301, "/1"), to(302, "http://other.example/2"), to(307, "/3"), to(303, "4")]),
    kw("redirect_not", answers=[to(302, "/x")], allow_redirects=False), kw("redirect_300", answers=[to(300, "/x")]), kw("redirect_304", answers=[to(304, "/x")]),
    kw("redirect_no_location", answers=[[302, []]]), kw("redirect_form", "post", data={"a": "b"}, answers=[to(307, "/x"), to(302, "/y")]),
    kw("redirect_files", "post", files={"f": "x"}, answers=[to(308, "/x")]), kw("redirect_json_303", "post", json={"a": 1}, answers=[to(303, "/x")]),
    kw("redirect_auth_same", auth=["u", "p"], answers=[to(302, "/x")]), kw("redirect_auth_host", auth=["u", "p"], answers=[to(302, "http://other.example/")]),
    kw("redirect_auth_port", auth=["u", "p"], answers=[to(302, "http://service.example:81/")]), kw("redirect_auth_back", auth=["u", "p"], answers=[to(302, "http://other.example/"), to(302, "http://service.example:8080/")]),
    kw("redirect_header_host", headers={"Authorization": "t", "X": "y"}, answers=[to(302, "http://other.example/")]),
    kw("redirect_host_header", headers={"Host": "custom"}, answers=[to(302, "http://other.example/")]),
    kw("redirect_cookie_header", headers={"Cookie": "z=1", "X": "y"}, answers=[to(302, "/x")]), kw("redirect_cookies", cookies={"a": "b"}, answers=[to(302, "/x")]),
    kw("redirect_cookies_host", cookies={"a": "b"}, answers=[to(302, "http://other.example/")]), kw("redirect_cookies_both", cookies={"a": "b"}, headers={"Cookie": "z=1"}, answers=[to(302, "/x")]),
    kw("redirect_netrc", netrc=NETRC, answers=[to(302, "http://other.example/")]), kw("redirect_netrc_gone", netrc=NETRC, answers=[to(302, "http://third.example/")]),
    kw("redirect_netrc_auth", netrc=NETRC, auth=["u", "p"], answers=[to(302, "/x")]),
    kw("redirect_proxy", env={"http_proxy": AUTH_PROXY}, answers=[to(302, "/x"), to(302, "http://other.example/y")]),
    kw("redirect_proxy_off", env={"http_proxy": AUTH_PROXY, "no_proxy": "other.example"}, answers=[to(302, "http://other.example/y"), to(302, "http://service.example/")],
       ours={"why": "python-requests goes on to use the proxy of the first request; NO_PROXY counts for every one of ours", "first_only": True}),
    kw("redirect_proxy_post", "post", data="x", proxies={"http": PROXY}, answers=[to(307, "/x")]),
    kw("redirect_no_user_agent", "put", data="x", headers={"User-Agent": None}, answers=[to(301, "/x")]),
] + [kw(f"redirect_set_cookie_{name}", path="/a/b", answers=answers) for name, answers in {
    "one": [to(302, "/x", "s=1")], "two": [to(302, "/x", "s=1", "t=2")], "chain": [to(302, "/x", "s=1"), to(302, "/y", "t=2"), to(302, "/z", "s=3")],
    "path": [to(302, "/x", "s=1; Path=/")], "own_path": [to(302, "/a/c", "s=1")], "other_path": [to(302, "/x", "s=1; Path=/y")], "sub_path": [to(302, "/y/z", "s=1; Path=/y", "t=2; Path=/")],
    "host": [to(302, "http://other.example/", "s=1; Path=/")], "port": [to(302, "http://service.example:81/", "s=1; Path=/")],
    "domain": [to(302, "http://b.service.example/", "s=1; Path=/; Domain=service.example")], "domain_dot": [to(302, "http://b.service.example/", "s=1; Path=/; Domain=.service.example")],
    "foreign": [to(302, "http://other.example/", "s=1; Path=/; Domain=other.example")], "subdomain": [to(302, "http://b.service.example/", "s=1; Path=/")],
    "secure": [to(302, "/x", "s=1; Path=/; Secure")], "http_only": [to(302, "/x", "s=1; Path=/; HttpOnly; SameSite=Lax")], "max_age": [to(302, "/x", "s=1; Path=/; Max-Age=60")],
    "deleted": [to(302, "/x", "s=1; Path=/", "t=2; Path=/"), to(302, "/y", "s=; Path=/; Max-Age=0")],
    "expired": [to(302, "/x", "s=1; Path=/", "t=2; Path=/"), to(302, "/y", "s=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT")],
    "later": [to(302, "/x", "s=1; Path=/; Expires=Wed, 01-Jan-2098 00:00:00 GMT")], "quoted": [to(302, "/x", 's="a b"; Path=/')], "spaces": [to(302, "/x", " s = 1 ;Path=/")],
    "no_value": [to(302, "/x", "s; Path=/")], "equals": [to(302, "/x", "s=a=b; Path=/")], "empty": [to(302, "/x", "s=; Path=/")], "comma": [to(302, "/x", "s=a,b; Path=/")],
}.items()] + [
    kw("redirect_set_cookie_and_own", path="/a/b", cookies={"s": "own", "a": "b"}, answers=[to(302, "/x", "s=1; Path=/")]),
    kw("redirect_set_cookie_local", host="localhost:8080", answers=[to(302, "/x", "s=1; Path=/")]), kw("redirect_set_cookie_ip", host="10.0.0.1:8080", answers=[to(302, "/x", "s=1; Path=/")]),
]

COMBINED = [
    kw("combined_all", "post", "/p?x=1", params={"y": "ä"}, data={"a": "1"}, headers={"X-B": "2", "Accept": "a/b"}, cookies={"c": "3"}, auth=["u", "p"], timeout=3, allow_redirects=True, verify=False, stream=True),
    row("combined_kwargs_null", {"method": None, "path": None, "kwargs": None}), row("combined_kwargs_empty", {"kwargs": {}}),
    row("combined_function_call", {"method": "post", "path": "/function/resnet", "kwargs": {"data": "{\"image\": \"x.jpg\"}"}}),
]

ROWS = METHODS + PATHS + PARAMS + DATA + JSON + HEADERS + COOKIES + AUTH + FILES + OTHERS + PROXIES + NETRCS + HOSTS + REDIRECTS + COMBINED
