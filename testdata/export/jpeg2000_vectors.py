"""Writes internal/jpeg2000/testdata: small JPEG 2000 files and their pixels.

Files of a lossless coding share the picture that they were made from
(grey.png, rgb.png ...); those of a lossy one have the pixels that Pillow reads
beside them. What Pillow's encoder has no option for is coded by opj_compress of
the OpenJPEG tools (Debian: libopenjp2-tools).
"""

import io
import pathlib
import struct
import subprocess
import tempfile

import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).parents[2] / "internal" / "jpeg2000" / "testdata"
MODES = {"grey": "L", "greya": "LA", "rgb": "RGB", "rgba": "RGBA"}


def picture(height, width, channels):
    rng = np.random.default_rng(channels)
    y, x = np.mgrid[:height, :width]
    waves = [127 + 120 * np.sin(x * (0.2 + 0.05 * c) + c) * np.cos(y * 0.17) for c in range(channels)]
    pixels = np.clip(np.stack(waves, -1) + rng.normal(0, 2, (height, width, channels)), 0, 255)
    return pixels.astype(np.uint8).squeeze()


PICTURES = {kind: picture(33, 45, len(mode)) for kind, mode in MODES.items()}


def save(name, data, kind, lossless, pillow_agrees=True):
    image = Image.open(io.BytesIO(data))
    image.load()
    if image.mode == "P":
        image = image.convert("RGB")
    if lossless and pillow_agrees:
        assert np.array_equal(np.array(image), PICTURES[kind]), name
    if not lossless:
        image.save(OUT / f"{name}.png", optimize=True)
    (OUT / name).write_bytes(data)


def pillow(kind, name, lossless=True, **options):
    data = io.BytesIO()
    Image.fromarray(PICTURES[kind], MODES[kind]).save(data, "JPEG2000", comment=b"", **options)
    save(f"{kind}_{name}", data.getvalue(), kind, lossless)


def opj(kind, name, *options, lossless=True, pillow_agrees=True):
    with tempfile.TemporaryDirectory() as folder:
        source, coded = f"{folder}/a.{'pgm' if kind == 'grey' else 'ppm'}", f"{folder}/{name}"
        Image.fromarray(PICTURES[kind]).save(source)
        subprocess.run(["opj_compress", "-i", source, "-o", coded, *options], check=True, capture_output=True)
        save(f"{kind}_{name}", pathlib.Path(coded).read_bytes(), kind, lossless, pillow_agrees)


def box(kind, body):
    return struct.pack(">I4s", 8 + len(body), kind) + body


def palette():
    indices = (PICTURES["grey"] >> 4).astype(np.uint8)
    colours = np.random.default_rng(0).integers(0, 256, (16, 3)).astype(np.uint8)
    data = io.BytesIO()
    Image.fromarray(indices).save(data, "JPEG2000", no_jp2=True, comment=b"")
    height, width = indices.shape
    header = box(b"ihdr", struct.pack(">IIHBBBB", height, width, 1, 7, 7, 0, 0))
    header += box(b"colr", struct.pack(">BBBI", 1, 0, 0, 16))
    header += box(b"pclr", struct.pack(">HB", 16, 3) + b"\7\7\7" + colours.tobytes())
    header += box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, c) for c in range(3)))
    file = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    file += box(b"jp2h", header) + box(b"jp2c", data.getvalue())
    save("rgb_palette.jp2", file, "rgb", lossless=False)


def main():
    OUT.mkdir(exist_ok=True)
    for old in OUT.glob("*.*"):
        old.unlink()
    for kind, pixels in PICTURES.items():
        Image.fromarray(pixels, MODES[kind]).save(OUT / f"{kind}.png", optimize=True)
        pillow(kind, "plain.jp2")
    for kind, order in [("rgb", "LRCP"), ("greya", "RLCP"), ("rgb", "RPCL"), ("greya", "PCRL"), ("greya", "CPRL")]:
        pillow(kind, f"{order.lower()}.j2k", progression=order, no_jp2=True, num_resolutions=3,
               precinct_size=(32, 32), codeblock_size=(8, 8), quality_layers=[8, 1])
    pillow("grey", "tiles.j2k", no_jp2=True, tile_size=(17, 11), offset=(3, 5), tile_offset=(2, 1), num_resolutions=4)
    pillow("rgb", "unmixed.jp2", mct=0, num_resolutions=1)
    pillow("grey", "signed.jp2", lossless=False, signed=True)  # the encoder clips
    pillow("rgb", "lossy.jp2", lossless=False, irreversible=True, quality_layers=[20, 6])
    pillow("rgb", "cut.jp2", lossless=False, quality_layers=[30, 12])
    pillow("grey", "lossy.jp2", lossless=False, irreversible=True, num_resolutions=4)
    palette()

    for i, name in enumerate(["bypass", "reset", "termall", "causal", "predictable", "symbols"]):
        opj("grey", f"{name}.j2k", "-M", str(1 << i))
    opj("grey", "styles.j2k", "-M", "63")
    opj("grey", "markers.j2k", "-SOP", "-EPH", "-t", "20,20", "-TP", "R", "-n", "3")
    opj("grey", "changes.j2k", "-r", "20,10,1", "-n", "6", "-POC", "T0=0,0,1,2,1,LRCP/T0=0,0,3,6,1,RPCL")
    # OpenJPEG takes large values outside of the region for such inside.
    opj("grey", "region.j2k", "-ROI", "c=0,U=10", pillow_agrees=False)
    size = sum(f.stat().st_size for f in OUT.iterdir())
    assert size < 60_000, size
    print(f"{size} bytes")


if __name__ == "__main__":
    main()
