package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.Name;
import dev.cove.core.Vm;

/// How it went to give a VM a name, which the store gives once.
sealed interface Named {
    /// It has the name, and everything else that was to be written with it.
    record Written(Vm vm) implements Named {}

    /// Another VM has it; nothing was written.
    record Taken(Name name) implements Named {}

    /// For whom no other name will do.
    ///
    /// @throws CoveException CONFLICT when the name is taken
    default Vm orThrow() {
        return switch (this) {
            case Written(var vm) -> vm;
            case Taken(var name) ->
                    throw CoveException.conflict(
                            "a VM called \""
                                    + name
                                    + "\" is here already; take another name, or destroy it first:"
                                    + " cove destroy -f "
                                    + name);
        };
    }
}
