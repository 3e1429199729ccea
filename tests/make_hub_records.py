#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes records as the Hub's /api/models returns them, one a line, to stdout.

    make_hub_records.py COUNT

Every hundredth model is a base; the others were made from one of the bases before them. The same
COUNT gives the same bytes. About 500 bytes a record.
"""
import datetime
import random
import sys

RELATIONS = ["finetune"] * 6 + ["adapter"] * 2 + ["quantized", "merge"]
FILLER = [
    "transformers", "safetensors", "text-generation", "conversational", "license:apache-2.0",
    "text-generation-inference", "endpoints_compatible", "region:us", "arxiv:2502.15987",
    "dataset:synthetic/records", "autotrain_compatible",
]


def main() -> None:
    count = int(sys.argv[1])
    draw = random.Random(1)
    start = datetime.datetime(2022, 6, 1)
    filler = ",".join(f'"{tag}"' for tag in FILLER)
    lines = []
    for i in range(count):
        moment = start + datetime.timedelta(seconds=94_000_000 * i / count)
        tags = filler
        if i % 100 == 0:
            name = f"maker-{i % 7}/base-{i}"
        else:
            base = 100 * int((i // 100 + 1) * draw.random() ** 2)
            parent = f"maker-{base % 7}/base-{base}"
            relation = RELATIONS[i % 10]
            name = f"user-{i % 99991}/model-{i}"
            tags += f',"base_model:{parent}","base_model:{relation}:{parent}"'
        lines.append(
            f'{{"_id":"{i:024x}","id":"{name}","likes":{i % 13},"private":false,'
            f'"downloads":{i % 1009},"tags":[{tags}],"pipeline_tag":"text-generation",'
            f'"library_name":"transformers","createdAt":"{moment:%Y-%m-%dT%H:%M:%S}.000Z",'
            f'"modelId":"{name}"}}\n')
        if len(lines) == 10000:
            sys.stdout.write("".join(lines))
            lines.clear()
    sys.stdout.write("".join(lines))


main()
