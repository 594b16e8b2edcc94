package dev.cove.client;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A VM as the daemon tells of it. Lenient: a newer daemon may say more, or use another word.
///
/// @param state `creating starting running stopping stopped asleep failed deleting`
/// @param step what is being done right now
/// @param origin what its present launch began with: `cold template standby fork snapshot sleep`
/// @param sleepAfter how long nobody has to use it before it is put to sleep
/// @param reason why it failed, or did not do what it was last asked for
/// @param source all that the daemon said
public record VmInfo(
        String id,
        String name,
        String state,
        String image,
        Optional<String> address,
        long cpus,
        Bytes memory,
        Bytes disk,
        Optional<String> vmm,
        Optional<String> accelerator,
        Optional<String> origin,
        Optional<String> sleepAfter,
        Optional<Instant> created,
        String owner,
        Map<String, String> labels,
        Optional<String> step,
        Optional<String> reason,
        Json source) {

    /// @throws CoveException INTERNAL when this is no VM
    static VmInfo of(Json json) {
        if (json.at("id").text().isEmpty() || json.at("name").text().isEmpty()) {
            throw new CoveException(
                    CoveException.Kind.INTERNAL, "the daemon's answer is no VM; is it a Cove?");
        }
        var labels = new LinkedHashMap<String, String>();
        json.at("labels").members().forEach((k, v) -> labels.put(k, v.text("")));
        return new VmInfo(
                json.at("id").text(""),
                json.at("name").text(""),
                json.at("state").text("unknown"),
                json.at("image").text("?"),
                json.at("address").text(),
                json.at("cpus").number(0),
                size(json.at("memory")),
                size(json.at("disk")),
                json.at("vmm").text(),
                json.at("accelerator").text(),
                json.at("origin").text(),
                json.at("sleep_after").text(),
                instant(json.at("created")),
                json.at("owner").text(""),
                labels,
                json.at("step").text(),
                json.at("reason").text(),
                json);
    }

    /// Whether it stays so until somebody asks for something.
    public boolean settled() {
        return switch (state) {
            case "creating", "starting", "stopping", "deleting" -> false;
            default -> true;
        };
    }

    static Bytes size(Json json) {
        return new Bytes(Math.max(0, json.number(0)));
    }

    static Optional<Instant> instant(Json json) {
        try {
            return json.text().map(Instant::parse);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
