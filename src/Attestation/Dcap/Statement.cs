using System.Globalization;
using System.Text.Json;

namespace Blindsight.Attestation.Dcap;

/// <summary>An object in one of Intel's signed statements. Whatever is missing or of the wrong form is one named fault.</summary>
internal readonly struct Statement(JsonElement element, string place)
{
    private const int DepthMax = 16;

    public string Place => place;

    /// <exception cref="AttestationException">CollateralMalformed: not JSON, nested too deep, a member twice, or not an object.</exception>
    public static JsonDocument Document(ReadOnlyMemory<byte> json, string place)
    {
        try
        {
            JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DepthMax, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
        }
        // Half of a surrogate pair in a member's name is no JsonException.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new AttestationException(AttestationFault.CollateralMalformed, place, $"{json.Length} bytes of JSON cannot be read", e);
        }
        throw new AttestationException(AttestationFault.CollateralMalformed, place, "is not an object");
    }

    public string Text(string name)
    {
        JsonElement member = Member(name, JsonValueKind.String);
        try
        {
            return member.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw Malformed($"\"{name}\" is not Unicode", e); // half of a surrogate pair
        }
    }

    public byte[] Hex(string name)
    {
        try
        {
            return Convert.FromHexString(Text(name));
        }
        catch (FormatException e)
        {
            throw Malformed($"\"{name}\" is not hexadecimal", e);
        }
    }

    /// <summary>Hexadecimal of exactly so many bytes.</summary>
    public byte[] Hex(string name, int bytes)
    {
        byte[] value = Hex(name);
        return value.Length == bytes ? value : throw Malformed($"\"{name}\" has {value.Length} bytes, must have {bytes}");
    }

    public int Number(string name, int numberMax) =>
        Member(name, JsonValueKind.Number).TryGetInt32(out int number) && number >= 0 && number <= numberMax
            ? number
            : throw Malformed($"\"{name}\" is outside 0 to {numberMax}");

    /// <summary>A time in UTC to the second, as 2025-06-19T10:56:11Z.</summary>
    public DateTimeOffset Time(string name) =>
        DateTimeOffset.TryParseExact(
            Text(name), "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw Malformed($"\"{name}\" is not a time");

    public TcbStatus Status(string name)
    {
        string text = Text(name);
        foreach (TcbStatus status in Enum.GetValues<TcbStatus>())
            if (status.ToString() == text)
                return status;
        throw Malformed($"\"{name}\" is a status that is not known");
    }

    public Statement Object(string name) => new(Member(name, JsonValueKind.Object), place);

    /// <summary>The objects in an array.</summary>
    public List<Statement> Objects(string name)
    {
        List<Statement> found = [];
        foreach (JsonElement item in Member(name, JsonValueKind.Array).EnumerateArray())
            found.Add(item.ValueKind == JsonValueKind.Object ? new Statement(item, place) : throw Malformed($"\"{name}\" holds something else than objects"));
        return found;
    }

    /// <summary>The same, or none where the member is missing.</summary>
    public List<Statement> ObjectsIfAny(string name) => element.TryGetProperty(name, out _) ? Objects(name) : [];

    /// <summary>The strings in an array, or none where the member is missing.</summary>
    public List<string> TextsIfAny(string name)
    {
        List<string> found = [];
        if (!element.TryGetProperty(name, out _)) return found;
        foreach (JsonElement item in Member(name, JsonValueKind.Array).EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String) throw Malformed($"\"{name}\" holds something else than strings");
            try
            {
                found.Add(item.GetString()!);
            }
            catch (InvalidOperationException e)
            {
                throw Malformed($"\"{name}\" is not Unicode", e);
            }
        }
        return found;
    }

    public AttestationException Malformed(string message, Exception? inner = null) =>
        new(AttestationFault.CollateralMalformed, place, message, inner);

    private JsonElement Member(string name, JsonValueKind kind)
    {
        if (!element.TryGetProperty(name, out JsonElement member)) throw Malformed($"\"{name}\" is missing");
        return member.ValueKind == kind ? member : throw Malformed($"\"{name}\" is not a JSON {kind}");
    }
}
