using System.Diagnostics;
using System.Diagnostics.Metrics;
using Blindsight.Inference.Sessions;
using Meter = System.Diagnostics.Metrics.Meter;

namespace Blindsight.Hosting.Service;

/// <summary>What a service counts, and the spans of its work, under the platform's own interfaces. Names, numbers and faults; never content.</summary>
public sealed class ServiceTelemetry : IDisposable
{
    /// <summary>Of the meter and of the source of activities.</summary>
    public const string Name = "Blindsight";

    private readonly Meter _meter = new(Name);
    private readonly ActivitySource _activities = new(Name);
    private readonly Counter<long> _sessions, _rows, _bytes, _refusals;
    private readonly Histogram<double> _stages;

    public ServiceTelemetry()
    {
        _sessions = _meter.CreateCounter<long>("blindsight.sessions", description: "Sessions that ended, by model and outcome.");
        _rows = _meter.CreateCounter<long>("blindsight.rows", description: "Rows predicted, by model.");
        _bytes = _meter.CreateCounter<long>("blindsight.bytes", "By", "Bytes of sessions that ended, by direction and phase.");
        _refusals = _meter.CreateCounter<long>("blindsight.refusals", description: "Connections, sessions and requests that were refused, by fault.");
        _stages = _meter.CreateHistogram<double>("blindsight.stage.duration", "s", "Time of a batch's preparation or prediction, by model and stage.");
    }

    /// <summary>A value that is read when somebody asks.</summary>
    public void Gauge(string name, string description, Func<double> value) => _meter.CreateObservableGauge(name, value, description: description);

    public void Refused(string fault) => _refusals.Add(1, new KeyValuePair<string, object?>("fault", fault));

    /// <summary>A request was answered.</summary>
    public void Answered(string model, SessionWork work, int rows, double seconds)
    {
        string stage = work == SessionWork.Prepare ? "prepare" : "infer";
        _stages.Record(seconds, new("model", model), new("stage", stage));
        if (work == SessionWork.Infer) _rows.Add(rows, new KeyValuePair<string, object?>("model", model));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using Activity? span = _activities.StartActivity(
            stage, ActivityKind.Server, default(ActivityContext), [new("model", model), new("rows", rows)], startTime: now - TimeSpan.FromSeconds(seconds));
    }

    /// <summary>A session has ended.</summary>
    public void Ended(string model, string outcome, SessionReport? report)
    {
        _sessions.Add(1, new("model", model), new("outcome", outcome));
        if (report is null) return;
        Add(report.Offline, "offline");
        Add(report.Online, "online");
    }

    public void Dispose()
    {
        _meter.Dispose();
        _activities.Dispose();
    }

    private void Add(PhaseCost cost, string phase)
    {
        _bytes.Add(cost.BytesSent, new("direction", "sent"), new("phase", phase));
        _bytes.Add(cost.BytesReceived, new("direction", "received"), new("phase", phase));
    }
}
