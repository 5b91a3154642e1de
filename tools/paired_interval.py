#!/usr/bin/env python3
"""Accuracy of planned networks against others, image by image, from the reports of `blindsight plan --test`.

    tools/paired_interval.py planned-1.json:none-1.json planned-2.json:none-2.json planned-3.json:none-3.json

Each pair is one seed. Prints for each pair the difference in percentage points, and over all pairs the mean with a 95 % interval: the standard error
of an image's mean difference over the pairs, images being what varies (the same test images in every pair).
"""
import json
import math
import sys


def right(path):
    with open(path, encoding="utf-8") as file:
        return [int(c) for c in json.load(file)["test"]["right"]]


def main(pairs):
    if not pairs:
        sys.exit(__doc__)
    differences = []
    for pair in pairs:
        planned, other = (right(path) for path in pair.split(":"))
        if len(planned) != len(other):
            sys.exit(f"{pair}: {len(planned)} and {len(other)} images")
        differences.append([a - b for a, b in zip(planned, other)])
        print(f"{pair}: {100 * sum(planned) / len(planned):.2f} % against {100 * sum(other) / len(other):.2f} %, "
              f"{100 * sum(differences[-1]) / len(planned):+.2f} points")
    means = [sum(image) / len(differences) for image in zip(*differences)]
    count = len(means)
    mean = sum(means) / count
    error = math.sqrt(sum((m - mean) ** 2 for m in means) / (count - 1) / count)
    print(f"all: {100 * mean:+.2f} points, 95 % interval {100 * (mean - 1.96 * error):+.2f} to {100 * (mean + 1.96 * error):+.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
