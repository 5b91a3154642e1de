using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Blindsight.Hosting.Service;

/// <summary>The instruments of one meter as text, in the format that Prometheus reads (version 0.0.4).</summary>
public sealed class MetricsText : IDisposable
{
    /// <summary>Upper ends of the histograms' ranges, in seconds.</summary>
    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(Instrument Instrument, string Labels), Series> _series = new();

    /// <param name="meter">The meter's name.</param>
    public MetricsText(string meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meter) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All of them as they are now.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        StringBuilder text = new();
        foreach (var group in _series.GroupBy(entry => entry.Key.Instrument).OrderBy(group => group.Key.Name, StringComparer.Ordinal))
        {
            string kind = group.Key is Counter<long> ? "counter" : group.Key is Histogram<double> ? "histogram" : "gauge";
            string name = group.Key.Name.Replace('.', '_') + (group.Key.Unit == "s" ? "_seconds" : "") + (kind == "counter" ? "_total" : "");
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {group.Key.Description}\n# TYPE {name} {kind}\n");
            foreach (var entry in group.OrderBy(entry => entry.Key.Labels, StringComparer.Ordinal)) entry.Value.Write(text, name, entry.Key.Labels);
        }
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        StringBuilder labels = new();
        foreach ((string key, object? label) in tags)
            labels.Append(labels.Length > 0 ? "," : "").Append(key).Append("=\"").Append(Escaped($"{label}")).Append('"');
        _series.GetOrAdd((instrument, labels.ToString()), key => new Series(key.Instrument)).Add(value);
    }

    private static string Escaped(string label) =>
        label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>One instrument's values under one set of labels.</summary>
    private sealed class Series(Instrument instrument)
    {
        private readonly long[] _counts = new long[Bounds.Length];
        private readonly Lock _gate = new();
        private double _sum;
        private long _count;

        public void Add(double value)
        {
            lock (_gate)
            {
                _sum = instrument.IsObservable ? value : _sum + value;
                _count++;
                for (int i = 0; i < Bounds.Length; i++)
                    if (value <= Bounds[i]) _counts[i]++;
            }
        }

        public void Write(StringBuilder text, string name, string labels)
        {
            lock (_gate)
            {
                string set = labels.Length > 0 ? $"{{{labels}}}" : "", more = labels.Length > 0 ? labels + "," : "";
                if (instrument is not Histogram<double>)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{set} {_sum}\n");
                    return;
                }
                for (int i = 0; i < Bounds.Length; i++) text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{more}le=\"{Bounds[i]}\"}} {_counts[i]}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{more}le=\"+Inf\"}} {_count}\n{name}_sum{set} {_sum}\n{name}_count{set} {_count}\n");
            }
        }
    }
}
