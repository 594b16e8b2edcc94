package dev.cove.client;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a new VM is to be. What is left out is the daemon's to choose.
///
/// @param memory, disk sizes as people write them: `512M`
/// @param keys lines as in `authorized_keys`
/// @param cold whether it has to be booted, even where a template would be faster
/// @param start whether it is started at once
/// @param sleepAfter how long nobody has to use it before it is put to sleep, such as `10m`
/// @param from `VM/SNAPSHOT`, a snapshot that it goes on from
public record Creation(
        Optional<String> name,
        Optional<String> image,
        Optional<Integer> cpus,
        Optional<String> memory,
        Optional<String> disk,
        Optional<String> vmm,
        List<String> keys,
        Map<String, String> labels,
        boolean cold,
        boolean start,
        Optional<String> sleepAfter,
        Optional<String> from) {
    public Creation(
            Optional<String> name,
            Optional<String> image,
            Optional<Integer> cpus,
            Optional<String> memory,
            Optional<String> disk,
            Optional<String> vmm,
            List<String> keys,
            Map<String, String> labels,
            boolean cold,
            boolean start) {
        this(
                name,
                image,
                cpus,
                memory,
                disk,
                vmm,
                keys,
                labels,
                cold,
                start,
                Optional.empty(),
                Optional.empty());
    }

    Json toJson() {
        var json = Json.fields().put("name", name).put("image", image);
        cpus.ifPresent(c -> json.put("cpus", c));
        json.put("memory", memory).put("disk", disk).put("vmm", vmm);
        json.put("ssh_keys", Json.of(keys)).put("labels", Json.of(labels));
        json.put("sleep_after", sleepAfter).put("from", from);
        if (cold) {
            json.put("cold", true);
        }
        return json.put("start", start).build();
    }
}
