package dev.cove.api;

import dev.cove.core.VmId;
import dev.cove.core.port.Disks;
import java.nio.file.Path;

/// Where a VM's files are, without making any of them.
///
/// @param folders the folder that holds the VMs' own
record VmPaths(Path folders, Disks disks) {
    Path console(VmId id) {
        return folders.resolve(id.text()).resolve("console.log");
    }

    Views.Paths of(VmId id) {
        return new Views.Paths(
                folders.resolve(id.text()).toString(),
                console(id).toString(),
                disks.find(id).map(Path::toString));
    }
}
