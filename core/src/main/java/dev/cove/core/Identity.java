package dev.cove.core;

import java.util.regex.Pattern;

/// Who a guest is, beyond its name and address: made once with the VM, kept over restarts, never
/// shared and never shown.
///
/// @param machineId 32 hexadecimal digits (machine-id(5))
public record Identity(String machineId, HostKey hostKey) {
    private static final Pattern MACHINE_ID = Pattern.compile("[0-9a-f]{32}");

    public Identity {
        if (!MACHINE_ID.matcher(machineId).matches()) {
            throw CoveException.invalid("a machine id is 32 hexadecimal digits");
        }
    }
}
