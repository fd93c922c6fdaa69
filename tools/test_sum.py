"""Adds up what tools/test ran: one line for each run, then "N passed, N failed" as the last line.

Reads the JUnit files that ctest wrote into the folder named first, and the exit code of clang-tidy
when it ran. Test cases inside a Catch2 program are counted from the line Catch2 closes with.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree

CATCH_PASSED = re.compile(r"All tests passed \(\d+ assertions? in (\d+) test cases?\)")
CATCH_MIXED = re.compile(r"test cases:\s*(\d+)\s*\|")


def count(path):
    """(passed, failed names, skipped, Catch2 test cases, what was left out) of a JUnit file."""
    passed, failed, skipped, cases, left_out = 0, [], 0, 0, []
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        output = case.findtext("system-out") or ""
        cases += sum(int(n) for n in CATCH_PASSED.findall(output) + CATCH_MIXED.findall(output))
        left_out += [f"{case.get('name')}: {line}" for line in output.splitlines()
                     if line.startswith("SKIPPED")]
        # ctest also says "skipped" of a program that was never built: that is a failure.
        excuse = case.find("skipped")
        if case.get("status") == "run":
            passed += 1
        elif case.get("status") == "disabled" or (
                excuse is not None and excuse.get("message", "").startswith("SKIP_")):
            skipped += 1
        else:
            failed.append(case.get("name"))
    return passed, failed, skipped, cases, left_out


def main():
    folder, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    passed_all, failed_all = 0, 0
    for path in sorted(folder.glob("*.xml")):
        passed, failed, skipped, cases, left_out = count(path)
        passed_all += passed
        failed_all += len(failed)
        note = f", {skipped} skipped" if skipped else ""
        print(f"{path.stem}: {passed} passed, {len(failed)} failed{note}; "
              f"{cases} Catch2 test cases inside")
        for name in failed:
            print(f"  FAILED {name}")
        for what in left_out:
            print(f"  {what}")
    tidy = folder / "clang-tidy.exit"
    if tidy.exists():
        good = tidy.read_text().strip() == "0"
        passed_all += good
        failed_all += not good
        print(f"clang-tidy: {'clean' if good else 'FAILED, see above'}")
    print(f"took {seconds // 60} min {seconds % 60} s")
    print(f"{passed_all} passed, {failed_all} failed")
    return 1 if failed_all or not passed_all else 0


if __name__ == "__main__":
    sys.exit(main())
