using System.Collections.Concurrent;
using Blindsight.Cli.Commands;
using Blindsight.Cli.Files;
using Blindsight.Cli.Terminal;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting.Service;
using Blindsight.Inference.Sessions;

namespace Blindsight.Cli.Parties;

/// <summary>Loads the models that a service names, at its start and whenever it is told to load them anew.</summary>
/// <param name="memory">Most bytes of transformed weights, over all models; null stands for the engine's own.</param>
internal sealed class ModelLoader(Terminals terminals, int threads, long? memory)
{
    private const string LabelRelease = "label";

    private readonly ConcurrentDictionary<string, Func<SessionReport, Finished>> _finish = new(StringComparer.Ordinal);
    private double? _warmupSeconds;

    /// <summary>What is served, in a word or a few.</summary>
    public string Words { get; private set; } = "";

    /// <summary>What is to be known of it besides.</summary>
    public string Detail { get; set; } = "";

    /// <exception cref="Arithmetic.ParameterException">A model cannot be used; none is then replaced.</exception>
    public ServedModels Load(ServiceSettings settings)
    {
        long share = (memory ?? ServedModel.DefaultMemoryBytes) / settings.Models.Count;
        List<(string Name, ServedModel Model)> loaded =
            [.. settings.Models.Select(model => (model.Key, new ServedModel(Quantized(model.Value, settings.LabelsOnly), share, threads)))];
        // The float weights are gone by now; what they took is needed for the transformed ones.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        double warmup = _warmupSeconds ??= WarmUp.Run();
        foreach ((string name, ServedModel model) in loaded)
        {
            model.Prepare();
            _finish[name] = report => PartyOutput.Finish(model.Quantized.Plan, warmup, report) with { PreparedWeightBytes = model.PreparedBytes };
        }
        Words = string.Join(", ", loaded.Select(one => one.Name));
        Detail = $"{ByteSize.Text(loaded.Sum(one => one.Model.PreparedBytes))} of {ByteSize.Text(loaded.Sum(one => one.Model.PreparedBytesOfAll))} of "
            + "transformed weights in memory";
        ServedModel[] models = [.. loaded.Select(one => one.Model)];
        return new([.. loaded.Select(one => one.Name)], client =>
        {
            SessionOptions options = SessionOptions.Default with { Threads = threads, Gate = client.Permit };
            using ServerSession session = ServerSession.Accept(client.Channel, models, options, client.Desk, client.Cancellation);
            client.Permit.Model = loaded.First(one => ReferenceEquals(one.Model.Quantized.Plan, session.Plan)).Name;
            session.Serve(null, client.Cancellation);
            return session.Report;
        });
    }

    /// <summary>Takes what was loaded elsewhere.</summary>
    public ServedModels Take((ServedModels Served, Func<SessionReport, Finished> Finish) loaded)
    {
        Words = string.Join(", ", loaded.Served.Names);
        foreach (string name in loaded.Served.Names) _finish[name] = loaded.Finish;
        return loaded.Served;
    }

    /// <summary>A session's end, for whoever started this process.</summary>
    public Finished Finish(string model, SessionReport report) => _finish[model](report);

    private QuantizedModel Quantized(ModelSettings model, bool labelsOnly)
    {
        using ProgressLine progress = new(terminals.Error);
        InputCard card = model.Plan is null ? ModelFiles.Card(model.Card, model.Model) : InputCard.None;
        CompileOptions options = new() { Card = card };
        if (labelsOnly) options = options with { Release = LabelRelease };
        QuantizedModel quantized = ModelFiles.Quantized(ModelFiles.Model(model.Model), model.Plan, model.Calibration, options, progress.ForCompiler());
        return !labelsOnly || quantized.Plan.Release == LabelRelease ? quantized
            : throw new CommandException($"This server releases labels only, and the plan of {model.Model} releases outputs; compile it with --release label.");
    }
}
