package dev.cove.api;

import dev.cove.core.Vm;
import dev.cove.core.VmId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// The JSON of lists of VMs. A VM's row is written when the VM has changed; between two changes a
/// list only puts rows together. Rows of VMs that are gone stay until there are too many.
final class VmRows {
    private static final int MOST = 4096;

    private final Json json;
    private final Map<VmId, Row> rows = new ConcurrentHashMap<>();

    VmRows(Json json) {
        this.json = json;
    }

    /// A JSON array with a row for each, in this order.
    String of(List<Vm> vms) {
        if (rows.size() > MOST) {
            rows.clear();
        }
        return vms.stream().map(this::row).collect(Collectors.joining(",", "[", "]"));
    }

    @SuppressWarnings("ReferenceEquality") // a VM that has not changed is the same object
    private String row(Vm vm) {
        var known = rows.get(vm.id());
        if (known == null || known.vm() != vm) {
            known = new Row(vm, json.text(Views.Row.of(vm)));
            rows.put(vm.id(), known);
        }
        return known.text();
    }

    private record Row(Vm vm, String text) {}
}
