using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Blindsight.Arithmetic;
using Blindsight.Training.Data;
using Blindsight.Training.Networks;

namespace Blindsight.Training.Activations;

/// <summary>
/// Finds which channels of a network's activations keep the exact function and which become polynomials, and trains the network to it (after
/// SAFENet, ICLR 2021; the procedure is ours). The model first adapts to the data, all exact: teacher and baseline. Then, stage by stage, the losses of
/// replacing every channel are estimated on the present network, the cheapest-in-loss choice for the stage's latency is taken, and the network
/// trains with the new polynomials easing in. A stage that costs too much accuracy ends the run; the last good one is trained to the end.
/// </summary>
public sealed class ActivationPlanner
{
    private readonly PlannableModel _model;
    private readonly LabelledImages _train, _validation;
    private readonly ActivationPrices _prices;
    private readonly PlanningOptions _options;
    private readonly IProgress<PlanningProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly AssignmentSearch _search;
    private readonly List<PlanningPoint> _points = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private double _epochsHere;
    private int _epochsDone;

    private ActivationPlanner(
        PlannableModel model, LabelledImages train, LabelledImages validation, ActivationPrices prices, PlanningOptions options,
        IProgress<PlanningProgress>? progress, CancellationToken cancellation)
    {
        (_model, _train, _validation, _prices, _options) = (model, train, validation, prices, options);
        (_progress, _cancellation) = (progress, cancellation);
        _search = new AssignmentSearch(prices, options.Mode);
    }

    /// <summary>Plans a model. Decisions are taken on <paramref name="validation"/>, never on images that the result is judged by.</summary>
    /// <param name="prices">One entry for each of the model's activations.</param>
    /// <exception cref="ParameterException">Model, data, prices and options do not fit together, or the folder holds another run's work.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the same call resumes from the folder.</exception>
    public static PlanningResult Plan(
        PlannableModel model, LabelledImages train, LabelledImages validation, ActivationPrices prices, PlanningOptions options,
        IProgress<PlanningProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Require();
        if (prices.Layers.Length != model.Activations.Length)
            throw new ParameterException($"There are prices for {prices.Layers.Length} activations; the model has {model.Activations.Length}.");
        Directory.CreateDirectory(options.Folder);
        return new ActivationPlanner(model, train, validation, prices, options, progress, cancellation).Run();
    }

    private int EpochsInAll => _options.AdaptationEpochs + _options.Stages * _options.StageEpochs + _options.FinalEpochs;

    private PlanningResult Run()
    {
        PlannedNetwork teacher = new(_model.Create());
        Judge("original", teacher);
        PlanningPoint baseline = _points[0];
        if (_options.AdaptationEpochs > 0)
        {
            Train("adapted", teacher, null, _options.AdaptationEpochs, null);
            baseline = Judge("adapted", teacher);
        }
        PlannedNetwork student = new(_model.Create());
        student.CopyFrom(teacher);
        int kept = -1;
        for (int stage = 1; stage <= _options.Stages; stage++)
        {
            Train(StageName(stage), student, teacher.Network, _options.StageEpochs, () => Replace(student, stage));
            PlanningPoint point = Judge(StageName(stage), student);
            if (_options.Mode != PlanningMode.None && LostPoints(baseline, point) > (_options.LossPointsMax ?? double.PositiveInfinity)) break;
            kept = stage;
        }
        if (kept < 0) student.CopyFrom(teacher);
        else if (_points[^1].Name != StageName(kept)) Load(StageName(kept), student);
        if (_options.FinalEpochs > 0)
        {
            Train("final", student, teacher.Network, _options.FinalEpochs, null);
            Judge("final", student);
        }
        PlanningPoint chosen = _options.FinalEpochs > 0 ? _points[^1] : kept < 0 ? baseline : _points.Last(point => point.Name == StageName(kept));
        return new(student.Network, chosen, [.. _points], student.Sites.Kinds());
    }

    private static string StageName(int stage) => $"stage {stage}";

    private static double LostPoints(PlanningPoint baseline, PlanningPoint point) => 100 * (baseline.Accuracy - point.Accuracy);

    /// <summary>Chooses the channels of a stage: an even share of the way from the present latency of all exact to the goal.</summary>
    private void Replace(PlannedNetwork student, int stage)
    {
        ImmutableArray<ImmutableArray<ActivationKind>> present = student.Sites.Kinds();
        double start = _prices.Of([.. present.Select(kinds => kinds.Select(_ => ActivationKind.Exact).ToImmutableArray())]);
        double goal = _options.BudgetSeconds ?? _prices.Of([.. present.Select(kinds => kinds.Select(_ => ActivationKind.Linear).ToImmutableArray())]);
        double target = start - (start - goal) * stage / _options.Stages;
        _progress?.Report(Progress(StageName(stage) + ", estimating losses", 0, null));
        ChannelEstimate[][] estimates = ReplacementLosses.Estimate(
            student.Network, student.Sites, _train, _options.EstimationImages, _options.Training, _cancellation);
        student.Apply(_search.Choose(present, estimates, target), estimates, _options.RangePenalty);
    }

    /// <summary>Brings a network to the end of a stage, or loads it where that was done before.</summary>
    private void Train(string name, PlannedNetwork planned, Network? teacher, int epochs, Action? prepare)
    {
        if (!Load(name, planned))
        {
            planned.Settle();
            prepare?.Invoke();
            TrainingOptions options = _options.Training with
            {
                Epochs = epochs, CheckpointPath = PathOf(name, "checkpoint"), Seed = _options.Training.Seed + (ulong)_epochsDone,
            };
            Trainer.Train(planned.Network, _train, options, new Forward(this, name), _cancellation, teacher);
            planned.Settle();
            planned.Save(PathOf(name, "weights"), Identity(name));
            File.Delete(options.CheckpointPath);
            _epochsHere += epochs;
        }
        _epochsDone += epochs;
    }

    private bool Load(string name, PlannedNetwork planned) => planned.Load(PathOf(name, "weights"), Identity(name));

    private PlanningPoint Judge(string name, PlannedNetwork planned)
    {
        _progress?.Report(Progress(name + ", validating", 0, null));
        int correct = Accuracy.Correct(planned.Network, _validation, _options.Training.Threads, _cancellation);
        ImmutableArray<ImmutableArray<ActivationKind>> kinds = planned.Sites.Kinds();
        long[] elements = new long[(int)ActivationKind.Exact + 1];
        for (int site = 0; site < kinds.Length; site++)
            foreach (ActivationKind kind in kinds[site]) elements[(int)kind] += planned.Sites.All[site].Layer.OutputShape.Positions;
        _points.Add(new(name, _prices.Of(kinds), correct, _validation.Count, [.. elements]));
        return _points[^1];
    }

    private string PathOf(string name, string ending) => Path.Combine(
        _options.Folder, $"{(name == "adapted" ? "" : _options.Mode.ToString().ToLowerInvariant() + "-")}{name.Replace(' ', '-')}.{ending}");

    /// <summary>What a stage's result depends on. The adaptation is the same in every mode and for every budget.</summary>
    private byte[] Identity(string name)
    {
        PlanningOptions options = _options with
        {
            Folder = "", Training = _options.Training with { Threads = 1, CheckpointPath = null, CheckpointInterval = default },
        };
        if (name == "adapted")
            options = options with { Mode = PlanningMode.None, BudgetSeconds = null, LossPointsMax = null, Stages = 1, StageEpochs = 1, FinalEpochs = 0,
                EstimationImages = 128, RangePenalty = 0 };
        string prices = name == "adapted" ? ""
            : string.Join(' ', _prices.Layers.Select(layer => $"{layer.Exact:R} {layer.Square:R} {string.Join(' ', layer.Channel)}"));
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}\n{options}\n{prices}")));
        hash.AppendData(_model.Digest());
        hash.AppendData(_train.Digest());
        hash.AppendData(_validation.Digest());
        return hash.GetHashAndReset();
    }

    private PlanningProgress Progress(string stage, double epochs, double? loss)
    {
        double here = _epochsHere + epochs, left = EpochsInAll - _epochsDone - epochs;
        return new(stage, _epochsDone + epochs, EpochsInAll, loss, here > 0 ? _watch.Elapsed / here * left : null);
    }

    private sealed class Forward(ActivationPlanner planner, string stage) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => planner._progress?.Report(
            planner.Progress(stage, (double)value.Step / value.Steps * value.Epochs, value.Loss));
    }
}
