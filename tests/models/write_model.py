#!/usr/bin/env python3
"""write_model.py SIZE FILE [--seed N] [--broken KIND]: a Whisper model in ggml's format, f16, with random weights.

The shapes are the real ones, so that memory and load are, too; what it hears is nonsense, and the same nonsense for the
same seed. Sizes: least (the smallest that is complete) micro tiny tiny.en base small medium large-v3 large-v3-turbo. --broken writes
one that is of no use, or worse: see BROKEN.

Python's standard library only. The format: the number 0x67676d6c, eleven numbers (below), the mel filters, the tokens, then
each tensor with its dimensions (fastest first), name and type. All numbers are little-endian int32.
"""
import argparse, math, random, struct, sys

# width, heads, encoder layers, decoder layers, mel bands, tokens
SIZES = {
    "least": (4, 1, 1, 1, 80, 51864),
    "micro": (128, 2, 3, 2, 80, 51866),
    "tiny": (384, 6, 4, 4, 80, 51865),
    "tiny.en": (384, 6, 4, 4, 80, 51864),
    "base": (512, 8, 6, 6, 80, 51865),
    "small": (768, 12, 12, 12, 80, 51865),
    "medium": (1024, 16, 24, 24, 80, 51865),
    "large-v3": (1280, 20, 32, 32, 128, 51866),
    "large-v3-turbo": (1280, 20, 32, 4, 128, 51866),
}
AUDIO_CONTEXT, TEXT_CONTEXT, BINS = 1500, 448, 201
ALWAYS_F32 = {"encoder.conv1.bias", "encoder.conv2.bias", "encoder.positional_embedding", "decoder.positional_embedding"}


def tensors(width, encoder_layers, decoder_layers, mels, tokens):
    """Name and dimensions, slowest first."""
    def norm(name):
        yield name + ".weight", (width,)
        yield name + ".bias", (width,)

    def attention(name):
        yield from norm(name + "_ln")
        for part in ("query", "key", "value", "out"):
            yield f"{name}.{part}.weight", (width, width)
            if part != "key":
                yield f"{name}.{part}.bias", (width,)

    yield "encoder.positional_embedding", (AUDIO_CONTEXT, width)
    yield "encoder.conv1.weight", (width, mels, 3)
    yield "encoder.conv1.bias", (width, 1)
    yield "encoder.conv2.weight", (width, width, 3)
    yield "encoder.conv2.bias", (width, 1)
    yield from norm("encoder.ln_post")
    yield "decoder.positional_embedding", (TEXT_CONTEXT, width)
    yield "decoder.token_embedding.weight", (tokens, width)
    yield from norm("decoder.ln")
    for side, layers in (("encoder", encoder_layers), ("decoder", decoder_layers)):
        for layer in range(layers):
            block = f"{side}.blocks.{layer}."
            yield from attention(block + "attn")
            if side == "decoder":
                yield from attention(block + "cross_attn")
            yield from norm(block + "mlp_ln")
            for name, shape in (("mlp.0", (4 * width, width)), ("mlp.2", (width, 4 * width))):
                yield block + name + ".weight", shape
                yield block + name + ".bias", shape[:1]


def mel_filters(mels):
    """Triangles on Slaney's mel scale (linear to 1 kHz, then logarithmic), each of area 1."""
    per_mel, knee = 200 / 3, 1000.0
    step = math.log(6.4) / 27

    def hertz(mel):
        return per_mel * mel if mel < knee / per_mel else knee * math.exp(step * (mel - knee / per_mel))

    top = knee / per_mel + math.log(8000 / knee) / step
    corners = [hertz(top * i / (mels + 1)) for i in range(mels + 2)]
    for low, middle, high in zip(corners, corners[1:], corners[2:]):
        for bin in range(BINS):
            f = 40.0 * bin
            yield max(0.0, min((f - low) / (middle - low), (high - f) / (high - middle))) * 2 / (high - low)


def random_f16(count, shape, generator):
    """Signs and fractions are random, the exponent is not: between one and two times a power of two near 1 / sqrt(inputs)."""
    power = max(-14, -1 - round(math.log2(math.prod(shape[1:]) or 1) / 2))
    keep = int.from_bytes(b"\xff\x83" * count, "little")
    exponent = int.from_bytes(struct.pack("<H", (power + 15) << 10) * count, "little")
    return (int.from_bytes(generator.randbytes(2 * count), "little") & keep | exponent).to_bytes(2 * count, "little")


def values(name, shape, generator):
    """ggml's type and the bytes."""
    count = math.prod(shape)
    if len(shape) >= 2 and name not in ALWAYS_F32:
        rows, data = shape[0], []
        at_once = max(1, (1 << 20) // (count // rows))  # numbers of a megabyte or two, whatever the size
        for first in range(0, rows, at_once):
            n = min(at_once, rows - first) * (count // rows)
            data.append(random_f16(n, shape, generator))
        return 1, b"".join(data)
    if name == "encoder.positional_embedding":
        rates = [math.exp(-math.log(10000) / (shape[1] // 2 - 1) * i) for i in range(shape[1] // 2)]
        rows = ([math.sin(t * r) for r in rates] + [math.cos(t * r) for r in rates] for t in range(shape[0]))
        return 0, b"".join(struct.pack(f"<{shape[1]}f", *row) for row in rows)
    is_one = name.endswith(".weight") and ("_ln." in name or ".ln." in name or ".ln_post." in name)
    return 0, struct.pack("<f", 1.0 if is_one else 0.0) * count


BROKEN = {
    "cut": "ends in the middle, as a download that broke off",
    "empty": "has no weights; libwhisper takes it, and shows what it would allocate",
    "header": "speaks of a billion layers",
    "filters": "has mel filters of another Fourier transform",
    "token": "has a token that is 2 GB long, it says",
    "long-tokens": "has tokens of 1000 bytes, which is allowed: 100 MB of them when loaded",
    "no-space": "has no token for a space, without which libwhisper throws",
    "missing": "lacks its last tensor",
    "twice": "has its first tensor twice",
    "shape": "has a tensor with more rows than the model needs",
    "nan": "has weights that are no numbers",
}


def vocabulary(tokens, broken):
    words = [bytes([i]) for i in range(256)] + [b" w%d" % i for i in range(256, 50257 if tokens > 51864 else 50256)]
    if broken == "long-tokens":
        words = words[:256] + [word.ljust(1000, b"x") for word in words[256:]]
    if broken == "no-space":
        words[ord(" ")] = b"_"
    return words


def write(file, size, seed=1, broken=None):
    width, heads, encoder_layers, decoder_layers, mels, tokens = SIZES[size]
    file.write(struct.pack("<12i", 0x67676D6C, tokens, AUDIO_CONTEXT, width, heads, 1 << 30 if broken == "header" else encoder_layers,
                           TEXT_CONTEXT, width, heads, decoder_layers, mels, 1))
    file.write(struct.pack("<2i", mels, 257 if broken == "filters" else BINS))
    file.write(struct.pack(f"<{mels * BINS}f", *mel_filters(mels)))
    words = vocabulary(tokens, broken)
    file.write(struct.pack("<i", len(words)))
    for word in words:
        length = 2**31 - 1 if broken == "token" and word is words[300] else len(word)
        file.write(struct.pack("<i", length) + word)
    generator = random.Random(seed)
    shapes = list(tensors(width, encoder_layers, decoder_layers, mels, tokens))
    if broken == "empty":
        shapes = []
    if broken == "missing":
        shapes.pop()
    if broken == "twice":
        shapes.append(shapes[0])
    if broken == "shape":
        shapes = [(name, (shape[0] + 1, *shape[1:]) if name == "decoder.ln.weight" else shape) for name, shape in shapes]
    for name, shape in shapes:
        type, data = values(name, shape, generator)
        if broken == "nan":
            data = b"\xff" * len(data)
        label = name.encode()
        file.write(struct.pack("<3i", len(shape), len(label), type))
        file.write(struct.pack(f"<{len(shape)}i", *reversed(shape)) + label + data)
    if broken == "cut":
        file.truncate(file.tell() // 2)


if __name__ == "__main__":
    kinds = "\n".join(f"  {kind:12} {what}" for kind, what in BROKEN.items())
    parser = argparse.ArgumentParser(description=f"{__doc__}\nBROKEN:\n{kinds}", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broken", choices=BROKEN)
    asked = parser.parse_args()
    with open(asked.file, "wb") as out:
        write(out, asked.size, asked.seed, asked.broken)
