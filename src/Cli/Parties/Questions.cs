using System.Collections.Immutable;
using Blindsight.Cli.Files;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;

namespace Blindsight.Cli.Parties;

/// <summary>A client's rows, asked in batches; as many batches are prepared ahead of their inputs as the server holds, up to a few.</summary>
internal sealed class Questions(ClientSession session, InputCard card, int batchRows, PartyOutput output)
{
    private const int BatchesAheadMax = 16;

    public void Ask(SampleSet samples, RowRange range, CancellationToken cancellation)
    {
        FloatTensor[][] inputs = ModelFiles.Inputs(samples, range, card, [.. session.Plan.Inputs]);
        (int Row, FloatTensor[] Input)[] rows = [.. range.Rows.Zip(inputs)];
        int batchesAhead = Math.Clamp(session.PreparedRowsMax / batchRows, 1, BatchesAheadMax);
        foreach ((int Row, FloatTensor[] Input)[][] group in rows.Chunk(batchRows).Chunk(batchesAhead))
        {
            foreach ((int Row, FloatTensor[] Input)[] batch in group) session.Prepare(batch.Length, output, cancellation);
            foreach ((int Row, FloatTensor[] Input)[] batch in group)
            {
                ImmutableArray<FloatTensor[]> answers = session.Infer([.. batch.Select(row => row.Input)], output, cancellation);
                for (int i = 0; i < batch.Length; i++) Tell(batch[i].Row, answers[i]);
            }
        }
    }

    private void Tell(int row, FloatTensor[] answer)
    {
        int top = TopOne.Of(session.Plan, answer);
        ImmutableArray<string> classes = session.Plan.Card.Classes;
        string name = top >= 0 && top < classes.Length ? $"{top} ({classes[top]})" : $"{top}";
        output.Tell(new Predicted(row, [.. answer.SelectMany(tensor => tensor.Data)], top), $"row {row}: {name}");
    }
}
