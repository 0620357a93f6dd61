"""
A language model of a few kilobytes that says one text, made here: for a real model server.

One layer that adds nothing: a token's embedding says by itself which token comes next. So
the model recites, by the server's own tokenizer, sampler and grammar, pieces of a text.
"""

from collections.abc import Sequence
from pathlib import Path

import gguf
import numpy as np

WIDTH, HEADS, HIDDEN = 64, 4, 64
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
"""Token types as GGUF numbers them."""
SPACE = "▁"
TEMPLATE = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"


def write(path: Path, pieces: Sequence[str]) -> None:
    """Write the model that answers whatever it is asked with *pieces*, then ends."""
    assert len(set(pieces)) == len(pieces) < WIDTH - 1
    specials = ["<unk>", "<s>", "</s>"]
    known = [f"<0x{number:02X}>" for number in range(256)] + [SPACE]
    texts = [*specials, *known, *(piece.replace(" ", SPACE) for piece in pieces)]
    first = len(specials) + len(known)
    embedding = np.zeros((len(texts), WIDTH), dtype=np.float32)
    output = np.zeros((len(texts), WIDTH), dtype=np.float32)
    embedding[:, 0] = 1  # whatever the prompt ends with: the first piece follows
    for state in range(len(pieces)):
        output[first + state, state] = 1
        embedding[first + state] = np.eye(WIDTH)[state + 1]
    output[2, len(pieces)] = 1  # the end
    file = gguf.GGUFWriter(path, "llama")
    file.add_context_length(8192)
    file.add_embedding_length(WIDTH)
    file.add_block_count(1)
    file.add_feed_forward_length(HIDDEN)
    file.add_head_count(HEADS)
    file.add_head_count_kv(HEADS)
    file.add_layer_norm_rms_eps(1e-5)
    file.add_rope_dimension_count(WIDTH // HEADS)
    file.add_vocab_size(len(texts))
    file.add_tokenizer_model("llama")
    file.add_token_list(texts)
    file.add_token_scores([-1e6 if n >= first else 0.0 for n in range(len(texts))])
    file.add_token_types(
        [UNKNOWN, CONTROL, CONTROL, *[BYTE] * 256, NORMAL, *[NORMAL] * len(pieces)]
    )
    file.add_bos_token_id(1)
    file.add_eos_token_id(2)
    file.add_unk_token_id(0)
    file.add_chat_template(TEMPLATE)
    file.add_pooling_type(gguf.PoolingType.MEAN)
    for name, tensor in _tensors(embedding, output):
        file.add_tensor(name, tensor)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


def _tensors(embedding: np.ndarray, output: np.ndarray) -> list[tuple[str, np.ndarray]]:
    ones = np.ones(WIDTH, dtype=np.float32)
    nothing = np.zeros((WIDTH, WIDTH), dtype=np.float32)
    parts = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    return [
        ("token_embd.weight", embedding),
        ("output_norm.weight", ones),
        ("output.weight", output),
        ("blk.0.attn_norm.weight", ones),
        ("blk.0.ffn_norm.weight", ones),
        *((f"blk.0.{part}.weight", nothing) for part in parts),
    ]
