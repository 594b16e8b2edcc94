package dev.cove.core;

/// The image that a VM was made of: its name at that time, and the digest that says which one.
public record ImageRef(Name name, Digest digest) {}
