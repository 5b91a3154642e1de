using System.Diagnostics;
using Blindsight.Arithmetic;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Training.Checkpoints;
using Blindsight.Training.Data;
using Blindsight.Training.Layers;
using Blindsight.Training.Networks;
using Blindsight.Training.Optimization;
using Blindsight.Training.Tensors;

namespace Blindsight.Training;

/// <summary>The steps of one run, from a fresh start or a checkpoint to the end.</summary>
internal sealed class TrainingRun
{
    private readonly Network _network;
    private readonly Network? _teacher;
    private readonly Distillation _distillation;
    private readonly LabelledImages _images;
    private readonly TrainingOptions _options;
    private readonly Parameter[] _parameters;
    private readonly Optimizer _optimizer;
    private readonly CosineSchedule _schedule;
    private readonly Checkpoint? _checkpoint;
    private readonly Pass _pass;
    private readonly int _stepsAnEpoch;
    private readonly int _steps;

    public TrainingRun(Network network, Network? teacher, LabelledImages images, TrainingOptions options, byte[] identity)
    {
        _network = network;
        _teacher = teacher;
        _distillation = new Distillation(teacher is null ? 0 : options.DistillationShare, options.DistillationTemperature, images.Classes);
        _images = images;
        _options = options;
        _parameters = [.. network.Parameters];
        _optimizer = Optimizer.Create(options, _parameters);
        _stepsAnEpoch = images.Count / options.BatchImages;
        _steps = checked(_stepsAnEpoch * options.Epochs);
        _schedule = new CosineSchedule(options.LearningRate, (int)(options.WarmupShare * _steps), _steps);
        _pass = new Pass(new BatchSlices(options.Threads), options.BatchImages, IsTraining: true);
        if (options.CheckpointPath is string path)
            _checkpoint = new Checkpoint(path, identity, [.. _parameters.Select(parameter => parameter.Values), .. _optimizer.Memory]);
    }

    /// <summary>Makes all steps that are left.</summary>
    public void Go(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        RunState state = _checkpoint?.Load() ?? default;
        int firstStep = state.Step;
        Stopwatch elapsed = Stopwatch.StartNew(), sinceCheckpoint = Stopwatch.StartNew();
        int[] order = [];
        while (state.Step < _steps)
        {
            if (order.Length == 0 || state.Step % _stepsAnEpoch == 0)
            {
                order = BatchOrder.Of(_options.Seed, state.Step / _stepsAnEpoch, _images.Count);
                if (state.Step % _stepsAnEpoch == 0) state = state with { LossSum = 0, Correct = 0 };
            }
            state = Step(state, order.AsMemory(state.Step % _stepsAnEpoch * _options.BatchImages, _options.BatchImages));
            bool stop = cancellation.IsCancellationRequested;
            if (stop || state.Step == _steps || sinceCheckpoint.Elapsed >= _options.CheckpointInterval)
            {
                _checkpoint?.Save(state);
                sinceCheckpoint.Restart();
            }
            progress?.Report(Progress(state, state.Step - firstStep, elapsed.Elapsed));
            if (stop) cancellation.ThrowIfCancellationRequested();
        }
    }

    private RunState Step(RunState state, ReadOnlyMemory<int> chosen)
    {
        foreach (NetworkNode node in _network.Nodes) node.Layer.Progress((float)state.Step / _steps);
        Load(state.Step, chosen);
        BatchTensor output = _network.Forward(_pass);
        (double loss, int correct) = Judge(chosen, output, Teach(chosen.Length));
        if (!double.IsFinite(loss))
            throw new ParameterException($"The loss is no longer a number at step {state.Step + 1}: training has diverged; try a smaller learning rate.");
        _network.Backward(_pass);
        GradientClipping.Apply(_parameters, _options.GradientNormMax);
        _optimizer.Step(state.Step, _schedule.At(state.Step));
        return new RunState(state.Step + 1, state.LossSum + loss, state.Correct + correct);
    }

    private void Load(int step, ReadOnlyMemory<int> chosen)
    {
        BatchTensor input = _network.Reserve(chosen.Length);
        ImagePlacement[] placements = new ImagePlacement[chosen.Length];
        using (Prg prg = TrainingSeed.Stream(_options.Seed, "augmentation", (ulong)step))
            for (int i = 0; i < placements.Length; i++) placements[i] = ImagePlacement.Draw(_options, prg);
        _pass.ForEachSlice(slice =>
        {
            for (int i = slice.First; i < slice.First + slice.Images; i++)
                placements[i].Write(_images.Shape, _images.PixelsOf(chosen.Span[i]), _images.Scaling, input.ValuesOf(i));
        });
    }

    /// <summary>The teacher's outputs for the batch that is loaded.</summary>
    private BatchTensor? Teach(int images)
    {
        if (_teacher is null) return null;
        _network.ValueOf(0).ValuesOf(0, images).CopyTo(_teacher.Reserve(images).Values);
        return _teacher.Forward(_pass with { IsTraining = false });
    }

    /// <summary>Sets the output's gradients; returns the sum of the losses and how many images were classified correctly.</summary>
    private (double Loss, int Correct) Judge(ReadOnlyMemory<int> chosen, BatchTensor output, BatchTensor? taught)
    {
        double loss = 0;
        int correct = 0;
        Span<float> target = new float[_images.Classes];
        for (int i = 0; i < chosen.Length; i++)
        {
            int label = _images.LabelOf(chosen.Span[i]);
            target.Fill(_options.LabelSmoothing / _images.Classes);
            target[label] += 1 - _options.LabelSmoothing;
            loss += _distillation.Evaluate(
                output.ValuesOf(i), target, taught is null ? [] : taught.ValuesOf(i), 1f / chosen.Length, output.GradientsOf(i));
            if (Accuracy.Top(output.ValuesOf(i)) == label) correct++;
        }
        return (loss, correct);
    }

    private TrainingProgress Progress(RunState state, int stepsHere, TimeSpan elapsed)
    {
        int epoch = (state.Step - 1) / _stepsAnEpoch;
        double seen = (double)(state.Step - epoch * _stepsAnEpoch) * _options.BatchImages;
        return new TrainingProgress(
            epoch + 1, _options.Epochs, state.Step, _steps, state.LossSum / seen, state.Correct / seen, elapsed,
            elapsed / stepsHere * (_steps - state.Step));
    }
}
