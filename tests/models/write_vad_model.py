#!/usr/bin/env python3
"""write_vad_model.py KIND FILE [--seed N]: a voice activity detection model in ggml's format, of Silero's shape.

KIND is `random` (the same nonsense for the same seed) or `loud`, whose weights are set by hand so that it takes for speech what
is loud: about 0.01 of full scale and more. Either file has the 885,098 bytes of the published ggml-silero-v5.1.2.bin.

Python's standard library only. The format: the number 0x67676d6c, a name, the version, the layout (below), then each tensor
with its dimensions (fastest first, those of length 1 left out, so that a single number has none), name and type. All numbers
are little-endian int32.
"""
import argparse, math, random, struct

WINDOW, CONTEXT, BINS, WIDTH = 512, 64, 129, 128
CHANNELS = [BINS, 128, 64, 64, 128]


def tensors():
    """Name, dimensions (slowest first) and whether it is f16."""
    for i, (inputs, outputs) in enumerate(zip(CHANNELS, CHANNELS[1:])):
        yield f"_model.encoder.{i}.reparam_conv.weight", (outputs, inputs, 3), True
        yield f"_model.encoder.{i}.reparam_conv.bias", (outputs,), False
    for name in ("weight_ih", "weight_hh"):
        yield "_model.decoder.rnn." + name, (4 * WIDTH, WIDTH), False
    for name in ("bias_ih", "bias_hh"):
        yield "_model.decoder.rnn." + name, (4 * WIDTH,), False
    yield "_model.decoder.decoder.2.weight", (WIDTH,), True
    yield "_model.decoder.decoder.2.bias", (), False
    yield "_model.stft.forward_basis_buffer", (2 * BINS, 1, 256), True


def random_values(seed):
    generator = random.Random(seed)
    return lambda name, shape: [generator.uniform(-1, 1) / math.sqrt(max(1, math.prod(shape[1:]) / 40))
                                for _ in range(math.prod(shape))]


def loud_values(name, shape):
    """The spectrum's magnitudes are added up; the cell is tanh(sum - 4) at once, with no memory of what was before."""
    numbers = [0.0] * math.prod(shape)
    if name.endswith("forward_basis_buffer"):
        window = [0.5 - 0.5 * math.cos(2 * math.pi * n / 256) for n in range(256)]
        turn = [2 * math.pi * k / 256 for k in range(BINS)]
        return [window[n] * wave(turn[k] * n) for wave in (math.cos, math.sin) for k in range(BINS) for n in range(256)]
    if name == "_model.encoder.0.reparam_conv.weight":
        for i in range(BINS):
            numbers[3 * i + 1] = 0.2  # into the first channel, from the middle of the kernel
    elif name.endswith("reparam_conv.weight"):
        numbers[0:3] = [1.0, 1.0, 1.0] if ".3." not in name else [0.0, 1.0, 0.0]
    elif name.endswith("weight_ih"):
        numbers[2 * WIDTH * WIDTH] = 1.0  # the cell's gate is the third
    elif name.endswith("bias_ih"):
        for gate, bias in ((0, 20.0), (1, -20.0), (2, -4.0), (3, 20.0)):  # let in, forget, cell, let out
            numbers[gate * WIDTH:(gate + 1) * WIDTH] = [bias] * WIDTH
    elif name.endswith("decoder.2.weight"):
        numbers[0] = 20.0
    elif name.endswith("decoder.2.bias"):
        numbers = [-5.0]
    return numbers


def write(file, values):
    name = b"silero-16k"
    file.write(struct.pack("<2i", 0x67676D6C, len(name)) + name + struct.pack("<3i", 5, 1, 2))
    file.write(struct.pack("<3i", WINDOW, CONTEXT, len(CHANNELS) - 1))
    for inputs, outputs in zip(CHANNELS, CHANNELS[1:]):
        file.write(struct.pack("<3i", inputs, outputs, 3))
    file.write(struct.pack("<4i", WIDTH, WIDTH, WIDTH, 1))
    for name, shape, is_f16 in tensors():
        label = name.encode()
        numbers = values(name, shape)
        file.write(struct.pack("<3i", len(shape), len(label), is_f16))
        file.write(struct.pack(f"<{len(shape)}i", *reversed(shape)) + label)
        file.write(struct.pack(f"<{len(numbers)}{'e' if is_f16 else 'f'}", *numbers))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("random", "loud"))
    parser.add_argument("file")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with open(asked.file, "wb") as out:
        write(out, random_values(asked.seed) if asked.kind == "random" else loud_values)
