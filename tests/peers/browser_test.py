#!/usr/bin/env python3
"""Reports in headless Chromium: nothing runs, nothing is fetched, axe-core is content, 320 px do.

    browser_test.py TOCSIN TOCSIND BUILD_FOLDER      exit 77: there is no Chromium

Each check is first shown to fail on a page that is bad on purpose. axe-core comes by `npm ci
--ignore-scripts` from the lock file beside this script; without npm that part is skipped, and said.
"""
import http.server
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
FACTORY = HERE.parent / "unit" / "report" / "report_factory.py"
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
passed = 0


def check(good, what):
    global passed
    if not good:
        sys.exit(f"FAILED: {what}")
    passed += 1


class Site:
    """Serves a folder on this machine and remembers who asked for what."""

    def __init__(self, folder):
        asked = self.asked = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=folder)

            def do_GET(self):
                asked.append(self.path)
                super().do_GET()

            def end_headers(self):
                # One name holds one page after the other, often within a second.
                self.send_header("Cache-Control", "no-store")
                super().end_headers()

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.folder = pathlib.Path(folder)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")


class Browser:
    def __init__(self, program, folder):
        self.command = [program, "--headless", "--no-sandbox", "--disable-gpu",
                        "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
                        f"--user-data-dir={folder}", "--virtual-time-budget=20000",
                        "--disable-background-networking", "--disable-component-update"]

    def dom(self, url):
        return subprocess.run(self.command + ["--dump-dom", url], capture_output=True, text=True,
                              check=True, timeout=180).stdout


    def pages(self, url, folder):
        """The text of each page as it is printed; None where there is no pdftotext."""
        out = pathlib.Path(folder) / "print.pdf"
        subprocess.run(self.command + ["--no-pdf-header-footer", f"--print-to-pdf={out}", url],
                       capture_output=True, check=True, timeout=180)
        if shutil.which("pdftotext") is None:
            return None
        text = subprocess.run(["pdftotext", "-layout", out, "-"], capture_output=True, text=True,
                              check=True).stdout
        return text.split("\f")[:-1]


def title_of(dom):
    return re.search(r"<title>(.*?)</title>", dom, re.DOTALL).group(1)


def look(site, browser, name):
    """The page as the browser left it, and what it asked for beside the page itself."""
    site.asked.clear()
    dom = browser.dom(f"{site.url}/{name}")
    return dom, [path for path in site.asked if path not in (f"/{name}", "/favicon.ico")]


def check_hostile(site, browser, pages):
    bad = pages["technical"].replace("<main>", "<main><img src=/beacon><script>document.title="
                                     "'owned'</script>")
    site.put("bad.html", POLICY.sub("", bad))
    dom, asked = look(site, browser, "bad.html")
    check(title_of(dom) == "owned" and "/beacon" in asked, "a bad page must be seen as bad")
    site.put("bad.html", bad)
    dom, asked = look(site, browser, "bad.html")
    stopped = title_of(dom) != "owned" and not asked
    check(stopped, f"the policy stops what escaping would let through: {title_of(dom)}, {asked}")
    for name, page in pages.items():
        for kind, text in (("whole", page), ("without its policy", POLICY.sub("", page))):
            site.put("page.html", text)
            dom, asked = look(site, browser, "page.html")
            check(title_of(dom) != "owned", f"{name}, {kind}: a script ran")
            check(not asked, f"{name}, {kind}: it fetched {asked}")
            check(dom.count("<script") == 0, f"{name}, {kind}: a script tag came to be")
    print(f"hostile: {len(pages)} pages, with and without their policy")


def axe_script(build):
    folder = pathlib.Path(build) / "axe"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if script.exists():
        return script.read_text(encoding="utf-8")
    if shutil.which("npm") is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                          capture_output=True, text=True, timeout=300)
    return script.read_text(encoding="utf-8") if done.returncode == 0 else None


def violations(site, browser, page, axe):
    """What axe-core finds; the policy, which would stop it as well, is taken out."""
    run = ("<script>" + axe.replace("</script", "<\\/script") + "</script><script>axe.run().then("
           "r=>{const d=document.createElement('pre');d.id='axe-result';d.textContent='AXE'+JSON."
           "stringify([r.passes.length,r.violations.map(v=>[v.id,v.nodes.map(n=>n.html.slice(0,200)"
           ")])])+'EXA';document.body.append(d)})</script></body>")
    site.put("axe.html", POLICY.sub("", page).replace("</body>", run))
    dom, _ = look(site, browser, "axe.html")
    found = re.search(r"AXE(\[.*?\])EXA", dom.split('id="axe-result"')[-1], re.DOTALL)
    check(found is not None, "axe-core gave no result")
    text = found.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return json.loads(text)


def check_axe(site, browser, pages, axe):
    bad = pages["technical"].replace('<html lang="en">', "<html>")
    check("html-has-lang" in str(violations(site, browser, bad, axe)), "axe-core sees a bad page")
    passes = 0
    for name, page in pages.items():
        passes, found = violations(site, browser, page, axe)
        check(not found, f"{name}: axe-core finds {json.dumps(found, indent=1)[:3000]}")
    print(f"axe-core: 0 violations on {len(pages)} pages, {passes} rules passed on the last")


def check_reflow(site, browser, pages):
    frame = ("<!DOCTYPE html><title>x</title><iframe src=page.html width={0} height=900></iframe>"
             "<script>onload=()=>{{const e=document.querySelector('iframe').contentDocument."
             "documentElement;document.title='W'+e.scrollWidth}}</script>")
    for name, page in list(pages.items()) + [("bad", "<!DOCTYPE html><p style='width:900px'>x")]:
        site.put("page.html", page)
        for width in (320, 390, 1600):
            site.put("frame.html", frame.format(width))
            wide = int(title_of(browser.dom(f"{site.url}/frame.html"))[1:])
            good = wide <= width if name != "bad" or width == 1600 else wide > width
            check(good, f"{name} is {wide} px wide in {width} px")
    print(f"reflow: {len(pages)} pages at 320, 390 and 1600 px")


def check_print(site, browser, pages, folder):
    site.put("page.html", pages["technical"])
    printed = browser.pages(f"{site.url}/page.html", folder)
    if printed is None:
        return print("SKIPPED in part: no pdftotext, so print was not looked at")
    check(len(printed) > 1, "more than one page is printed")
    for number, text in enumerate(printed, 1):
        check("DRILL · TLP:" in text, f"printed page {number} says that it is a drill, and its TLP")
    print(f"print: {len(printed)} pages, each marked")


def render(tocsin, folder, bundle):
    pages = {}
    for profile in ("board", "regulator", "technical", "customer", "public"):
        out = folder / f"{profile}.html"
        subprocess.run([tocsin, "render", folder / f"{bundle}.json", "--profile", profile,
                        "--format", "html", "--out", out, "--force"], check=True,
                       capture_output=True)
        pages[profile] = out.read_text(encoding="utf-8")
    return pages


def management(tocsin, tocsind, folder, beacon):
    """The report for management of a server whose people write nothing but markup."""
    hostile = f"<img src={beacon}><script>document.title='owned'</script>\"'>"
    library = HERE.parent.parent / "playbooks"
    folder.mkdir()
    server = subprocess.Popen([tocsind, "serve", "--data", folder / "data", "--listen",
                               "127.0.0.1:0", "--library", library], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        said = {}
        for line in server.stdout:
            words = line.split()
            if words:
                said[words[0]] = words[2] if words[0] == "enrol" else words[-1]
            if words[:1] == ["enrol"] and "listening" in said:
                break
        environment = {"PATH": "/usr/bin:/bin", "TOCSIN_CONFIG_DIR": str(folder / "config"),
                       "TOCSIN_STATE_DIR": str(folder / "state")}

        def do(*arguments):
            return subprocess.run([tocsin, *arguments], env=environment, check=True,
                                  capture_output=True, text=True, timeout=60).stdout
        do("enrol", "--server", said["listening"], "--code", said["enrol"], "--fingerprint",
           said["fingerprint"])
        for number in range(2):
            do("declare", hostile, "--severity", f"sev{number + 1}", "--detected", "-60h")
            do("impact", "set", f"root_cause={hostile}", f"incident_type={hostile}")
        do("aware", "--at", "-50h", "--because", hostile)
        do("significant", "yes", "--because", hostile)
        do("notify", "submitted", "early_warning", "--at", "-2h", "--channel", "phone",
           "--reference", "1", "--late-reason", hostile)
        do("declare", hostile, "--severity", "sev3", "--drill")
        now = do("register", "-o", "json")
        year = re.search(r'"declareTime": *"(\d{4})', now) or re.search(r'(\d{4})-\d\d-\d\dT', now)
        return do("report", "--quarter", year.group(1), "--format", "html")
    finally:
        server.terminate()
        server.wait(timeout=20)


def main():
    tocsin, tocsind, build = sys.argv[1:4]
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        print("SKIPPED: no chromium here, so nothing was looked at; tools/deps --dev installs it")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as work:
        site, browser = Site(work), Browser(program, pathlib.Path(work) / "profile")
        folder = pathlib.Path(work) / "bundles"
        subprocess.run([sys.executable, FACTORY, folder, f"{site.url}/beacon"], check=True)
        hostile, mixed = render(tocsin, folder, "hostile"), render(tocsin, folder, "mixed")
        hostile["management"] = management(tocsin, tocsind, pathlib.Path(work) / "management",
                                           f"{site.url}/beacon")
        check_hostile(site, browser, hostile)
        check_reflow(site, browser, hostile)
        check_print(site, browser, mixed, work)
        axe = axe_script(build)
        if axe is None:
            print("SKIPPED in part: axe-core could not be installed with npm")
        else:
            check_axe(site, browser, mixed, axe)
            browser.command.append("--window-size=500,900")  # tables stand as cards there
            check_axe(site, browser, mixed, axe)
            check_axe(site, browser, hostile, axe)
    print(f"{passed} passed, 0 failed")


if __name__ == "__main__":
    main()
