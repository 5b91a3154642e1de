#!/usr/bin/env python3
"""Writes the measured tables of docs/PERFORMANCE.md and README.md from the reports of the benchmarks:

    ./blindsight bench kernels --json kernels.json
    ./blindsight bench networks --models DIR --links none,wan --threads 1,2 --json networks.json
    tools/performance_tables.py --kernels kernels.json --networks networks.json --readme

Each table stands between '<!-- begin NAME -->' and '<!-- end NAME -->'; everything else in the pages stays as it is.
"""
import argparse
import datetime
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINKS = {"lan": (3e9, 0.15e-3), "wan": (400e6, 20e-3), "mobile": (50e6, 40e-3)}  # bit/s, seconds one way
TRANSFERS_OF_A_RELU = 23
LANES = 8


def limits(rate, ghz):
    """For each kernel its limit: (value in the kernel's unit, in words). `rate` gives the best measured rate by name."""
    blocks = rate("aes-128 counter mode") * 1e3 / 16  # M blocks/s
    two = 2 * LANES * ghz  # G vector operations of 64-bit lanes a second, two vectors a cycle
    ntt = lambda n, levels: two * 1e6 / (n / 2 * levels * 8)
    silent = 1 / (1 / rate("ggm half trees, depth 13") + 1 / rate("lpn encoding, d 10, k 2^19"))
    table = {
        "pointwise multiply-accumulate, both halves, in cache": (two / 6, "6 operations a product, two vectors of 8 a cycle"),
        "pointwise multiply-accumulate, both halves, streamed": (rate("memory, read") / 12, "memory, 12 bytes a product"),
        "correlation-robust hash": (blocks / 2, "AES, 2 blocks"),
        "leaf pads, sender, 1 of 16, 2 bits": (blocks / 16, "AES, 16 blocks"),
        "leaf pads, receiver, 1 of 16, 2 bits": (blocks / 8, "AES, 8 blocks"),
        "half gates, garbling": (blocks / 8, "AES, 8 blocks"),
        "half gates, evaluation": (blocks / 4, "AES, 4 blocks"),
        "ggm half trees, depth 13": (blocks, "AES, 1 block a leaf"),
        "silent correlated transfer, both parties": (silent, "half trees and LPN one after the other"),
        "float matrix product, 1024 square": (4 * 16 * ghz, "two fused products of 16 a cycle"),
        "relu, 16 bits, a million, offline": (
            TRANSFERS_OF_A_RELU / rate("silent correlated transfer, both parties"), f"{TRANSFERS_OF_A_RELU} silent transfers"),
    }
    for n, levels in ((2048, 11), (4096, 12), (16384, 14)):
        for way in ("forward", "inverse"):
            table[f"ntt {way} {n}"] = (ntt(n, levels), "8 operations a butterfly, two vectors of 8 a cycle")
    for n, levels, primes in ((8192, 13, 3), (16384, 14, 7)):
        rows = 2 * primes * (primes + 1)
        for operation, transforms in (
            ("multiply, relinearise and rescale", primes * primes + 3 * primes + 2),
            ("rotate", primes * primes + 3 * primes + 2),
            ("rotate hoisted, each of 8", 2 * primes + 2 + (primes * primes + primes) / 8),
        ):
            ms = transforms / ntt(n, levels) + rows * n * 6 / (two * 1e6)
            table[f"ckks {n} x {primes} {operation}"] = (ms, f"{transforms:g} transforms, {rows} products of rows, two vectors of 8 a cycle")
    for shape in ("3x3, 64 to 64 channels, 56x56", "1x1, 256 to 64 channels, 28x28"):
        table[f"ring convolution, {shape}"] = (2 * 16 * ghz, "two 32-bit products of 16 a cycle")
    return table


def digits(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def when(report, note):
    machine, commit = report["machine"], report.get("commit", "unknown")[:12]
    words = f" {note}." if note else ""
    return f"{machine['cpu']}, {machine['cores']} cores, {machine['runtime']}; commit {commit}; {datetime.date.today()}.{words}"


def kernel_table(report, ghz, note):
    kernels = {kernel["name"]: kernel for kernel in report["kernels"]}

    def rate(name):
        if name not in kernels:
            raise SystemExit(f"the report has no kernel '{name}'; measure without --filter")
        return kernels[name]["maximum"]

    bounds = limits(rate, ghz)
    lines = ["| kernel | median (minimum to maximum) | limit | reached |", "|---|---|---|---|"]
    for name, kernel in kernels.items():
        measured = f"{digits(kernel['median'])} ({digits(kernel['minimum'])} to {digits(kernel['maximum'])}) {kernel['unit']}"
        if name in bounds:
            value, words = bounds[name]
            share = value / kernel["median"] if kernel["unit"].startswith(("us", "ms")) else kernel["median"] / value
            lines.append(f"| {name} | {measured} | {digits(value)}: {words} | {share:.0%} |")
        else:
            lines.append(f"| {name} | {measured} | | |")
    return "\n".join([f"{when(report, note)} Clock taken as {ghz:.2f} GHz.", "", *lines])


def link_seconds(figure):
    if figure["link"] not in LINKS:
        return ""
    rate, delay = LINKS[figure["link"]]
    seconds = (figure["offline_bytes"] + figure["online_bytes"]) * 8 / rate + (figure["offline_rounds"] + figure["online_rounds"]) * delay
    return f"{seconds:.1f} s ({seconds / figure['total_seconds']['median']:.0%})"


def spread(value):
    return f"{value['median']:.2f} (±{(value['maximum'] - value['minimum']) / 2:.2f})"


def network_table(report, note):
    lines = ["| network | link | threads | offline s | online s | total s | MB up / down | rounds offline / online | client / server MiB "
             "| link alone | differs by (allowed) |", "|---|---|---|---|---|---|---|---|---|---|---|"]
    for f in report["networks"]:
        lines.append(
            f"| {f['name']} | {f['link']} | {f['threads']} | {spread(f['offline_seconds'])} | {spread(f['online_seconds'])} "
            f"| {spread(f['total_seconds'])} | {f['client_to_server_bytes'] / 1e6:.1f} / {f['server_to_client_bytes'] / 1e6:.1f} "
            f"| {f['offline_rounds']} / {f['online_rounds']} | {f['client_peak_rss_bytes'] >> 20} / {f['server_peak_rss_bytes'] >> 20} "
            f"| {link_seconds(f)} | {f['largest_difference']:.3g} ({f.get('difference_bound', 0):.3g}) |")
    return "\n".join([when(report, note), "", *lines])


def readme_table(report):
    lines = ["| network | link | comparisons | offline | online | bytes | rounds online |", "|---|---|---|---|---|---|---|"]
    for f in (f for f in report["networks"] if f["threads"] == 1):
        count = f["comparisons"]
        words = f"{count / 1e6:.1f} million" if count >= 1e6 else f"{count:,}"
        lines.append(
            f"| {f['name']} | {f['link']} | {words} | {f['offline_seconds']['median']:.2f} s | {f['online_seconds']['median']:.2f} s "
            f"| {(f['offline_bytes'] + f['online_bytes']) / 1e6:.3g} MB | {f['online_rounds']} |")
    return "\n".join(lines)


def joined(reports):
    if len({(report["machine"]["cpu"], report.get("commit")) for report in reports}) > 1:
        raise SystemExit("the reports of networks are of different machines or commits")
    return reports[0] | {"networks": [figure for report in reports for figure in report["networks"]]}


def replace(page, name, table):
    path = ROOT / page
    text = path.read_text()
    pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.S)
    if not pattern.search(text):
        raise SystemExit(f"{page} has no place for the table '{name}'")
    path.write_text(pattern.sub(lambda match: f"{match[1]}{table}\n{match[2]}", text))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--kernels", help="report of 'bench kernels'")
    arguments.add_argument("--networks", nargs="+", help="reports of 'bench networks', joined in this order")
    arguments.add_argument("--readme", action="store_true", help="write the README's table of networks too")
    arguments.add_argument("--ghz", type=float, default=2.6, help="the machine's clock, for limits stated by the cycle")
    arguments.add_argument("--note", default="", help="what to say of the measurement, without a full stop")
    given = arguments.parse_args()
    if given.kernels:
        replace("docs/PERFORMANCE.md", "kernels", kernel_table(json.loads(pathlib.Path(given.kernels).read_text()), given.ghz, given.note))
    if given.networks:
        report = joined([json.loads(pathlib.Path(path).read_text()) for path in given.networks])
        replace("docs/PERFORMANCE.md", "networks", network_table(report, given.note))
        if given.readme:
            replace("README.md", "networks", readme_table(report))


if __name__ == "__main__":
    main()
