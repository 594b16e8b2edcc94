package dev.cove.core;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// Something that happened.
///
/// @param number grows with each event of this daemon's life; `Events` resumes from one
/// @param type `vm.created`, `vm.state`, `vm.step`, `vm.renamed`, `vm.deleted`, `image.progress`,
///   `image.ready`, `image.failed`, `image.deleted`
/// @param subject the id of the VM or the name of the image
/// @param owner who may see it, besides administrators; empty for what is everybody's, as images
///   are
/// @param details type by type: `name`, `state`, `step`, `reason`, `message`
public record Event(
        long number,
        Instant at,
        String type,
        String subject,
        Optional<Owner> owner,
        Map<String, String> details) {
    public Event {
        details = Map.copyOf(details);
    }
}
