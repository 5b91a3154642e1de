using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;

namespace Blindsight;

/// <summary>Predictions for inputs as programs have them at hand. Errors are those of <see cref="IPredictor"/>.</summary>
public static class PredictorExtensions
{
    /// <summary>Predicts one input of a model that has one.</summary>
    /// <param name="values">The input's elements in the plan's layout, row-major, preprocessed already.</param>
    /// <exception cref="ArgumentException">The model has several inputs, or another number of elements.</exception>
    public static async Task<Prediction> PredictAsync(
        this IPredictor predictor, float[] values, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default)
    {
        PlanPort port = Single(await predictor.PlanAsync(cancellation).ConfigureAwait(false));
        if (FloatTensor.Count(port.Shape) != values.Length)
            throw new ArgumentException($"{values.Length} values; input '{port.Name}' takes {FloatTensor.Count(port.Shape)}", nameof(values));
        FloatTensor[] row = [new FloatTensor(port.Shape, values)];
        return (await predictor.PredictAsync([row], progress, cancellation).ConfigureAwait(false))[0];
    }

    /// <summary>Predicts one row of a data file, preprocessed as the model's card says: pixels go in as they are.</summary>
    /// <exception cref="InputException">There is no such row, or it does not fit the model.</exception>
    public static async Task<Prediction> PredictAsync(
        this IPredictor predictor, SampleSet samples, int row, IProgress<StepProgress>? progress = null, CancellationToken cancellation = default) =>
        (await predictor.PredictAsync(samples, [row], progress, cancellation).ConfigureAwait(false))[0];

    /// <summary>Predicts rows of a data file as one batch, preprocessed as the model's card says: pixels go in as they are.</summary>
    /// <exception cref="InputException">There is no such row, or one does not fit the model.</exception>
    public static async Task<IReadOnlyList<Prediction>> PredictAsync(this IPredictor predictor, SampleSet samples, IEnumerable<int> rows,
        IProgress<StepProgress>? progress = null, CancellationToken cancellation = default)
    {
        InferencePlan plan = await predictor.PlanAsync(cancellation).ConfigureAwait(false);
        FloatTensor[][] inputs = Preprocessing.Apply(samples, rows, plan.Card, Single(plan).Shape);
        return await predictor.PredictAsync(inputs, progress, cancellation).ConfigureAwait(false);
    }

    internal static PlanPort Single(InferencePlan plan) => plan.Inputs.Length == 1 ? plan.Inputs[0]
        : throw new ArgumentException($"the model has {plan.Inputs.Length} inputs: give each row a tensor for every one of them");
}
