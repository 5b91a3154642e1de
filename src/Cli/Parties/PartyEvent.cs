using System.Text.Json;
using System.Text.Json.Serialization;
using Blindsight.Inference.Sessions;

namespace Blindsight.Cli.Parties;

/// <summary>What a party's process tells the process that started it, as one line of JSON each.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Listening), "listening")]
[JsonDerivedType(typeof(Stepped), "stepped")]
[JsonDerivedType(typeof(Predicted), "predicted")]
[JsonDerivedType(typeof(Probed), "probed")]
[JsonDerivedType(typeof(Finished), "finished")]
[JsonDerivedType(typeof(Split), "split")]
[JsonDerivedType(typeof(Dealt), "dealt")]
[JsonDerivedType(typeof(WeightsOpened), "weights_opened")]
[JsonDerivedType(typeof(KeysExchanged), "keys_exchanged")]
[JsonDerivedType(typeof(Prepared), "prepared")]
[JsonDerivedType(typeof(Answered), "answered")]
[JsonDerivedType(typeof(LinkChanged), "link")]
[JsonDerivedType(typeof(Uploaded), "uploaded")]
[JsonDerivedType(typeof(Collected), "collected")]
[JsonDerivedType(typeof(Ended), "ended")]
[JsonDerivedType(typeof(RoomOpened), "room_opened")]
[JsonDerivedType(typeof(RoomClosed), "room_closed")]
[JsonDerivedType(typeof(HostRan), "host_ran")]
[JsonDerivedType(typeof(ModelHandedOver), "model_handed_over")]
[JsonDerivedType(typeof(QueriesAnswered), "queries_answered")]
internal abstract record PartyEvent
{
    private static readonly JsonSerializerOptions Format = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public string ToLine() => JsonSerializer.Serialize(this, Format);

    /// <returns>Null where the line is no event.</returns>
    public static PartyEvent? FromLine(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<PartyEvent>(line, Format);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The server is ready for clients.</summary>
/// <param name="Address">For clients.</param>
internal sealed record Listening(string Address) : PartyEvent
{
    /// <summary>For the other one of two servers.</summary>
    public string? Link { get; init; }
}

/// <summary>A step of a phase is done.</summary>
internal sealed record Stepped(string Phase, int Step, int Steps, string Name, double Seconds, double? RemainingSeconds) : PartyEvent
{
    public static Stepped Of(StepProgress progress) => new(
        progress.Phase == Inference.Sessions.Phase.Offline ? "offline" : "online", progress.Step, progress.Steps, progress.Name,
        progress.Elapsed.TotalSeconds, progress.Remaining?.TotalSeconds);

    public override string ToString() =>
        $"{Phase} {Step}/{Steps} {Name}" + (RemainingSeconds is { } left ? $", {left:f1} s left" : "");
}

/// <summary>A row's outputs, at the client.</summary>
internal sealed record Predicted(int Row, float[] Outputs, int Top1) : PartyEvent;

/// <summary>Whether the process could open a file.</summary>
internal sealed record Probed(string Path, bool Opened) : PartyEvent;

/// <summary>The party is done.</summary>
internal sealed record Finished(
    string Model, string Deployment, string Comparison, string[] Classes, double WarmupSeconds, double CpuSeconds, long PeakRssBytes,
    PhaseCost Offline, PhaseCost Online, LayerCost[] Layers) : PartyEvent
{
    /// <summary>Memory of transformed weights, at the server.</summary>
    public long PreparedWeightBytes { get; init; }

    /// <summary>Of <see cref="CpuSeconds"/>, what it took after it was ready to be asked, or to ask.</summary>
    public double WorkCpuSeconds { get; init; }

    /// <summary>How far outputs may be from floats, where that is known beforehand.</summary>
    public double? OutputBound { get; init; }
}
