package dev.cove.core.port;

import dev.cove.core.Mac;

/// A network interface of a VM as its VMM sees it.
public record Tap(String device, Mac mac) {}
