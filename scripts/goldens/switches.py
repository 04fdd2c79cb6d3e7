"""Switches a feature of a Hugging Face model off, in a copy: so that a golden whose feature does nothing is noticed."""
import copy
import re

import torch
from torch import nn


def changed(**settings):
    """The same weights under a changed config."""
    def switch(model):
        config = copy.deepcopy(model.config)
        for name, value in settings.items():
            if not hasattr(config, name):
                raise AttributeError(f"{type(config).__name__} has no {name}")
            setattr(config, name, value)
        return rebuilt(model, config)
    return switch


def rope(layer_type=None, **settings):
    """The same weights under changed rope parameters (of one layer type, where they differ by layer); None removes one."""
    def switch(model):
        config = copy.deepcopy(model.config)
        parameters = config.rope_parameters[layer_type] if layer_type else config.rope_parameters
        for name, value in settings.items():
            if value is None:
                del parameters[name]
            else:
                parameters[name] = value
        return rebuilt(model, config)
    return switch


def plain_rope(layer_type=None):
    """Rope without scaling: theta and the rotated share stay."""
    def switch(model):
        config = copy.deepcopy(model.config)
        parameters = config.rope_parameters[layer_type] if layer_type else config.rope_parameters
        plain = {"rope_type": "default"} | {k: v for k, v in parameters.items() if k in ("rope_theta", "partial_rotary_factor", "llama_4_scaling_beta")}
        if "llama_4_scaling_beta" in plain:
            plain["original_max_position_embeddings"] = parameters["original_max_position_embeddings"]
        if layer_type:
            config.rope_parameters[layer_type] = plain
        else:
            config.rope_parameters = plain
        return rebuilt(model, config)
    return switch


def rebuilt(model, config):
    other = type(model)(config)
    missing, unexpected = other.load_state_dict(model.state_dict(), strict=False)
    if missing or unexpected:
        raise KeyError(f"under the changed config weights are missing: {missing}; or left over: {unexpected}")
    return other.eval()


def fill(pattern, value):
    """All parameters and buffers whose name matches get this value."""
    def switch(model):
        other = copy.deepcopy(model)
        found = [t for name, t in [*other.named_parameters(), *other.named_buffers()] if re.search(pattern, name)]
        require(found, pattern, model)
        for tensor in found:
            tensor.data.fill_(value)
        return other
    return switch


def skip(pattern):
    """Modules whose name matches hand on what they get."""
    def switch(model):
        other = copy.deepcopy(model)
        found = [name for name, _ in other.named_modules() if re.search(pattern, name)]
        require(found, pattern, model)
        for name in found:
            parent, _, child = name.rpartition(".")
            setattr(other.get_submodule(parent), child, nn.Identity())
        return other
    return switch


def attribute(pattern, name, value):
    """An attribute of the modules whose name matches."""
    def switch(model):
        other = copy.deepcopy(model)
        found = [module for path, module in other.named_modules() if re.search(pattern, path)]
        require(found, pattern, model)
        for module in found:
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no {name}")
            setattr(module, name, value)
        return other
    return switch


def half_split_rope(rotary_dim):
    """Queries and keys as if rope turned x[i] with x[i + rotary_dim / 2] instead of x[2i] with x[2i + 1]."""
    def switch(model):
        other = copy.deepcopy(model)
        head_dim = model.config.head_dim
        order = torch.arange(rotary_dim).view(2, -1).T.flatten()
        order = torch.cat([order, torch.arange(rotary_dim, head_dim)])
        for name, p in other.named_parameters():
            if re.search(r"[qk]_proj\.(weight|bias)$", name):
                p.data = p.data.view(-1, head_dim, *p.shape[1:])[:, order].reshape(p.shape)
        return other
    return switch


def require(found, pattern, model):
    if not found:
        raise KeyError(f"nothing in {type(model).__name__} is called {pattern}")


def reconfigured(change):
    """The same weights under a config that `change` has changed, be it in its inner configs."""
    def switch(model):
        config = copy.deepcopy(model.config)
        change(config)
        return rebuilt(model, config)
    return switch
