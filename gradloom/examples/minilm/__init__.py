"""A pretrained sentence encoder (all-MiniLM-L6-v2) in plain numpy: `model` is the network, `files`
reads its weights and `tokenizer` its vocabulary's way of cutting text.
"""
