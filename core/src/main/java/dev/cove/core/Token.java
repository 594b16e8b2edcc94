package dev.cove.core;

import java.time.Instant;

/// A right to call the API, without its secret.
///
/// @param owner whom the VMs belong to that are made with it
public record Token(Name name, Owner owner, boolean administrator, Instant created) {}
