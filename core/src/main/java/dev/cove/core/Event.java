package dev.cove.core;

import java.time.Instant;
import java.util.Map;

/// Something that happened.
///
/// @param number grows with each event of this daemon's life; `Events` resumes from one
/// @param type `vm.created`, `vm.state`, `vm.step`, `vm.renamed`, `vm.resized`, `vm.deleted`,
///   `image.progress`, `image.ready`, `image.failed`, `image.deleted`
/// @param subject the id of the VM or the name of the image
/// @param audience who may see it, besides administrators
/// @param details type by type: `name`, `state`, `step`, `reason`, `message`
public record Event(
        long number,
        Instant at,
        String type,
        String subject,
        Audience audience,
        Map<String, String> details) {
    public Event {
        details = Map.copyOf(details);
    }

    /// Who may see an event. Administrators see all of them.
    public sealed interface Audience {
        /// As of images.
        record Everybody() implements Audience {}

        record OwnerAlone(Owner owner) implements Audience {}

        /// As of what VMs nobody sees do.
        record AdministratorsAlone() implements Audience {}

        default boolean includes(Caller caller) {
            return switch (this) {
                case Everybody() -> true;
                case OwnerAlone(var owner) -> caller.maySee(owner);
                case AdministratorsAlone() -> caller.administrator();
            };
        }
    }
}
