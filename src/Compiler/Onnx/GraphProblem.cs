namespace Blindsight.Compiler.Onnx;

/// <summary>One reason why a model cannot be imported.</summary>
/// <param name="Node">The node's name, or empty where the fault is the model's as a whole.</param>
/// <param name="Operator">The node's ONNX operator, or empty.</param>
/// <param name="Message">What is wrong and what is supported.</param>
public sealed record GraphProblem(string Node, string Operator, string Message);
