using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Passes;
using Blindsight.Compiler.Reference;
using Blindsight.Harness;

namespace Blindsight.Unit.Compiler.Passes;

public class ConstantFoldingTests
{
    [Fact]
    public void What_depends_on_constants_alone_becomes_one_constant()
    {
        GraphBuilder builder = new(1);
        string x = builder.Input(1, 2), a = builder.Constant([2, 2]), b = builder.Constant([2, 2]);
        string sum = builder.Add(new BinaryOperator(BinaryKind.Add), [2, 2], a, b);
        string turned = builder.Add(new TransposeOperator([1, 0]), [2, 2], sum);
        Graph graph = builder.Build(builder.Add(new MatMulOperator(), [1, 2], x, turned));
        Graph folded = ConstantFolding.Run(graph);
        Assert.Single(folded.Nodes);
        Assert.Equal([turned], folded.Constants.Keys);
        Assert.Equal([graph.Outputs[0], turned, x], folded.Shapes.Keys.Order());
        FloatTensor input = new([1, 2], [3, -4]);
        Assert.Equal(FloatReference.Run(graph, [input])[0].Data, FloatReference.Run(folded, [input])[0].Data);
    }

    [Fact]
    public void A_graph_without_such_nodes_is_returned_as_it_is()
    {
        GraphBuilder builder = new(1);
        Graph graph = builder.Build(builder.Add(new UnaryOperator(UnaryKind.Relu), [1, 2], builder.Input(1, 2)));
        Assert.Same(graph, ConstantFolding.Run(graph));
    }
}
