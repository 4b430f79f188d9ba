"""Writes JPEG files and the pixels that Pillow, with libjpeg-turbo, reads in them:

    internal/jpeg/testdata/CASE.jpg, CASE.png

Pillow writes what it can; files of other samplings and colours are coded here,
from random coefficients. With two arguments, a number and a folder, that many
random cases are written there: ONNXRUN_JPEG=FOLDER go test ./internal/jpeg
compares them too.
"""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "internal" / "jpeg" / "testdata"
rng = np.random.default_rng(20261124)


def picture(width, height, noise=20):
    """A smooth picture with edges and noise."""
    y, x = np.mgrid[0:height, 0:width]
    f = rng.uniform(0.05, 0.6, (3, 2))
    p = np.stack([127 + 127 * np.sin(f[c, 0] * x + f[c, 1] * y + c) for c in range(3)], axis=-1)
    p[(x + 2 * y) % 17 < 4] = rng.integers(0, 256, 3)
    p += rng.normal(0, noise, p.shape)
    return Image.fromarray(np.clip(p, 0, 255).astype(np.uint8))


def saved(image, **options):
    b = io.BytesIO()
    image.save(b, "JPEG", **options)
    return b.getvalue()


class Bits:
    def __init__(self):
        self.text = []

    def put(self, value, n):
        if n:
            self.text.append(format(value, f"0{n}b"))

    def bytes(self):
        text = "".join(self.text)
        text += "1" * (-len(text) % 8)
        return b"".join(
            b"\xff\x00" if (v := int(text[i : i + 8], 2)) == 255 else bytes([v]) for i in range(0, len(text), 8)
        )


DC = list(range(12))  # codes of 4 bits
AC = [0x00, 0xF0] + [run << 4 | size for run in range(16) for size in range(1, 9)]  # codes of 8 bits


def segment(marker, data):
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data


def put_number(bits, code, n, v, size):
    bits.put(code, n)
    bits.put(v if v > 0 else v + (1 << size) - 1, size)


def coded(width, height, comps, adobe=None, jfif=False, interleaved=True, restart=0, extremes=False, wide=False):
    """A sequential file with components (id, h, v) of random coefficients."""
    hmax, vmax = max(c[1] for c in comps), max(c[2] for c in comps)
    out = b"\xff\xd8"
    if jfif:
        out += segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    if adobe is not None:
        out += segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([adobe]))
    quant = rng.integers(3, 14, 64).astype(">u2" if wide else "u1")
    out += segment(0xDB, bytes([0x10 if wide else 0]) + quant.tobytes())
    frame = bytes([8]) + height.to_bytes(2, "big") + width.to_bytes(2, "big") + bytes([len(comps)])
    out += segment(0xC1 if wide else 0xC0, frame + b"".join(bytes([i, h << 4 | v, 0]) for i, h, v in comps))
    out += segment(0xC4, bytes([0, 0, 0, 0, 12]) + bytes(12) + bytes(DC))
    out += segment(0xC4, bytes([0x10] + [0] * 7 + [len(AC)] + [0] * 8) + bytes(AC))
    if restart:
        out += segment(0xDD, restart.to_bytes(2, "big"))

    def put_block(bits, last):
        diff = int(rng.integers(-40, 41))
        if abs(last + diff) > 90:
            diff = -last
        size = abs(diff).bit_length()
        put_number(bits, DC.index(size), 4, diff, size)
        k = 0
        for _ in range(rng.integers(0, 12)):
            run, v = int(rng.integers(0, 6)), int(rng.laplace(0, 60 if extremes else 4))
            k += run + 1
            if k > 63:
                break
            v = max(-255, min(v, 255)) or 1
            size = abs(v).bit_length()
            put_number(bits, AC.index(run << 4 | size), 8, v, size)
        if k < 63:
            bits.put(AC.index(0), 8)
        return last + diff

    def scan(members):
        data = segment(0xDA, bytes([len(members)]) + b"".join(bytes([c[0], 0]) for c in members) + bytes([0, 63, 0]))
        if len(members) == 1:
            _, h, v = members[0]
            nx, ny = -(-(-(-width * h // hmax)) // 8), -(-(-(-height * v // vmax)) // 8)
            members = [(members[0][0], 1, 1)]
        else:
            nx, ny = -(-width // (8 * hmax)), -(-height // (8 * vmax))
        bits, dc = Bits(), [0] * len(members)
        for mcu in range(nx * ny):
            if restart and mcu and mcu % restart == 0:
                data += bits.bytes() + bytes([0xFF, 0xD0 + (mcu // restart - 1) % 8])
                bits, dc = Bits(), [0] * len(members)
            for i, (_, h, v) in enumerate(members):
                for _ in range(h * v):
                    dc[i] = put_block(bits, dc[i])
        return data + bits.bytes()

    for members in [comps] if interleaved else [[c] for c in comps]:
        out += scan(members)
    return out + b"\xff\xd9"


def ycc(h, v, h2=1, v2=1, h3=1, v3=1):
    return [(1, h, v), (2, h2, v2), (3, h3, v3)]


def motion_jpeg(data):
    """The file without its Huffman tables, as frames of Motion JPEG."""
    out, at = data[:2], 2
    while data[at + 1] != 0xDA:
        n = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] != 0xC4:
            out += data[at : at + n]
        at += n
    return out + data[at:]


def cases():
    yield "q90_444", saved(picture(21, 13), quality=90, subsampling=0, optimize=True)
    yield "q75_422", saved(picture(23, 18), quality=75, subsampling=1, optimize=True)
    yield "q60_420", saved(picture(37, 27), quality=60, subsampling=2, optimize=True)
    yield "q5_420", saved(picture(33, 21, 60), quality=5, subsampling=2, optimize=True)
    yield "q100_420", saved(picture(18, 17, 60), quality=100, subsampling=2, optimize=True)
    yield "standard_tables", saved(picture(17, 9), quality=80)
    yield "motion_jpeg", motion_jpeg(saved(picture(17, 9), quality=80))
    yield "restart", saved(picture(40, 24), quality=70, restart_marker_blocks=1, optimize=True)
    yield "restart_rows", saved(picture(19, 50), quality=30, restart_marker_rows=1, optimize=True)
    yield "grey", saved(picture(29, 11).convert("L"), quality=80, optimize=True)
    yield "progressive_444", saved(picture(25, 19), quality=85, subsampling=0, progressive=True)
    yield "progressive_420", saved(picture(35, 21, 50), quality=85, subsampling=2, progressive=True)
    yield "progressive_grey", saved(picture(20, 11, 50).convert("L"), quality=95, progressive=True)
    yield "progressive_restart", saved(picture(35, 20), quality=50, progressive=True, restart_marker_blocks=2)
    yield "cmyk", saved(picture(14, 15).convert("CMYK"), quality=80, optimize=True)
    yield "rgb", saved(picture(12, 10), quality=85, keep_rgb=True, optimize=True)
    yield "one_pixel", saved(picture(1, 1), quality=90, optimize=True)
    for w in (2, 3, 4, 5):  # planes of one, two and three columns
        yield f"narrow{w}", saved(picture(w, 5), quality=90, subsampling=2, optimize=True)
    yield "s440", coded(11, 21, ycc(1, 2))
    yield "s411", coded(37, 9, ycc(4, 1))
    yield "s410", coded(37, 19, ycc(4, 2))
    yield "s441", coded(9, 37, ycc(1, 4))
    yield "s442", coded(10, 35, ycc(2, 4, 1, 2, 2, 2), interleaved=False)
    yield "s_mixed", coded(19, 18, ycc(2, 2, 1, 2, 2, 1))
    yield "s_luma_small", coded(20, 18, ycc(1, 1, 2, 2, 1, 2))
    yield "s_all_twice", coded(21, 17, ycc(2, 1, 2, 1, 2, 1), jfif=True)
    yield "s_grey_2x2", coded(21, 19, [(9, 2, 2)])
    yield "separate_scans", coded(21, 19, ycc(2, 2), interleaved=False, restart=2)
    yield "wide_tables", coded(17, 10, ycc(1, 1), wide=True)
    yield "extremes", coded(24, 16, ycc(2, 1), extremes=True)
    yield "ids_rgb", coded(12, 9, [(82, 1, 1), (71, 1, 1), (66, 1, 1)])
    yield "ids_other", coded(12, 9, [(0, 1, 1), (0x22, 1, 1), (0x11, 1, 1)])
    yield "adobe_rgb", coded(12, 9, ycc(1, 1), adobe=0)
    yield "adobe_ycc", coded(12, 9, ycc(1, 1), adobe=1)
    yield "adobe_jfif", coded(12, 9, ycc(1, 1), adobe=0, jfif=True)
    four = [(1, 2, 2), (2, 1, 1), (3, 1, 1), (4, 2, 2)]
    yield "cmyk_plain", coded(12, 9, [(i, 1, 1) for i in range(4)])
    yield "cmyk_adobe", coded(12, 9, four, adobe=0)
    yield "ycck", coded(19, 17, four, adobe=2)


def random_case():
    width, height = (int(v) for v in rng.integers(1, 90, 2))
    if rng.random() < 0.4:
        factors = lambda: tuple(int(v) for v in rng.choice([1, 2, 4], 2))
        n = int(rng.choice([1, 3, 3, 4]))
        comps = [(i + 1, *factors()) for i in range(n)]
        inter = sum(h * v for _, h, v in comps) <= 10
        return coded(width, height, comps, adobe=rng.choice([None, 0, 1, 2]), interleaved=inter,
                     restart=int(rng.integers(0, 4)), extremes=rng.random() < 0.2)  # fmt: skip
    image = picture(width, height, noise=int(rng.integers(0, 100)))
    image = image.convert(str(rng.choice(["RGB", "RGB", "RGB", "L", "CMYK"])))
    options = {"quality": int(rng.integers(1, 101)), "progressive": bool(rng.random() < 0.5)}
    options |= {"subsampling": int(rng.integers(0, 3)), "optimize": bool(rng.random() < 0.5)}
    if rng.random() < 0.3:
        options["restart_marker_blocks"] = int(rng.integers(1, 9))
    return saved(image, **options)


def write(folder, name, data):
    image = Image.open(io.BytesIO(data))
    if image.mode == "CMYK":
        image = image.convert("RGB")
    else:
        image.load()
    (folder / f"{name}.jpg").write_bytes(data)
    image.save(folder / f"{name}.png", optimize=True, icc_profile=None, exif=b"")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        rng = np.random.default_rng()
        for i in range(int(sys.argv[1])):
            write(Path(sys.argv[2]), f"random{i}", random_case())
    else:
        OUT.mkdir(exist_ok=True)
        for name, data in cases():
            write(OUT, name, data)
