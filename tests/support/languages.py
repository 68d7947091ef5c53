"""Titles and abstracts in seven languages, written for these tests: four subjects each, five titles a subject."""

from __future__ import annotations

from itertools import product

# Of each language: subjects, each with five titles and four sentences; then sentences of any subject.
SUBJECTS: dict[str, list[tuple[list[str], list[str]]]] = {
    "de": [
        (
            [
                "Neuronale Netze zur Bildverarbeitung in der Medizin",
                "Bildverarbeitung mit tiefen neuronalen Netzen",
                "Eine Untersuchung der Bildverarbeitung bei schwachem Licht",
                "Robuste Bildverarbeitung durch Faltungsnetze",
                "Die Segmentierung von Röntgenbildern mit neuronalen Netzen",
            ],
            [
                "Wir untersuchen, wie neuronale Netze die Bildverarbeitung verbessern.",
                "Die Segmentierung der Bilder wird durch ein neuronales Netz gelernt.",
                "Für die Bildverarbeitung werden mehrere Faltungsnetze miteinander verglichen.",
                "Das Verfahren erkennt Strukturen in Röntgenbildern besser als bisherige Ansätze.",
            ],
        ),
        (
            [
                "Maschinelle Übersetzung für seltene Sprachen",
                "Die Qualität der maschinellen Übersetzung von Rechtstexten",
                "Maschinelle Übersetzung ohne parallele Korpora",
                "Sprachmodelle und die maschinelle Übersetzung",
                "Wie große Sprachmodelle deutsche Texte übersetzen",
            ],
            [
                "Die maschinelle Übersetzung ist für viele Sprachen noch immer schwierig.",
                "Wir trainieren Sprachmodelle auf parallelen Korpora und werten die Übersetzungen aus.",
                "Große Sprachmodelle übersetzen die Texte der Korpora ohne weitere Anpassung.",
                "Menschliche Gutachter beurteilen die Qualität der Übersetzung von Rechtstexten.",
            ],
        ),
        (
            [
                "Ladestrategien für Elektroautos im Stromnetz",
                "Die Stabilität des Stromnetzes bei hohem Anteil von Windkraft",
                "Vorhersage der Windkraft mit statistischen Verfahren",
                "Speicher für das Stromnetz der Zukunft",
                "Windkraft und Sonnenenergie im europäischen Stromnetz",
            ],
            [
                "Das Stromnetz muss den schwankenden Ertrag der Windkraft ausgleichen.",
                "Die Windkraft wird für jeden Tag aus den Wetterdaten vorhergesagt.",
                "Elektroautos können das Stromnetz durch ihre Speicher entlasten.",
                "Wir berechnen, wie viel Speicher das Stromnetz bei hohem Anteil von Sonnenenergie braucht.",
            ],
        ),
        (
            [
                "Datenschutz in sozialen Netzwerken",
                "Der Schutz personenbezogener Daten bei verteiltem Lernen",
                "Differentielle Privatheit für Krankenhausdaten",
                "Verteiltes Lernen und Datenschutz",
                "Angriffe auf den Datenschutz von Sprachassistenten",
            ],
            [
                "Der Datenschutz verlangt, dass personenbezogene Daten nicht weitergegeben werden.",
                "Beim verteilten Lernen bleiben die Daten bei den Nutzern.",
                "Differentielle Privatheit schützt personenbezogene Daten durch zufälliges Rauschen.",
                "Die Angriffe zeigen, dass der Datenschutz in sozialen Netzwerken lückenhaft ist.",
            ],
        ),
    ],
    "fr": [
        (
            [
                "Apprentissage par renforcement pour la robotique",
                "Une méthode d'apprentissage par renforcement profond",
                "L'apprentissage par renforcement sans modèle",
                "Commande de robots par apprentissage par renforcement",
                "Exploration dans l'apprentissage par renforcement des robots mobiles",
            ],
            [
                "L'apprentissage par renforcement permet aux robots mobiles d'apprendre par essais.",
                "Nous étudions la commande de robots dans des milieux qui changent.",
                "La récompense est estimée par un réseau de neurones au cours de l'exploration.",
                "Les robots mobiles apprennent une politique plus sûre que celle des travaux précédents.",
            ],
        ),
        (
            [
                "Traitement automatique des langues pour le français médical",
                "Modèles de langue pour le traitement automatique des textes juridiques",
                "Un corpus pour le traitement automatique des langues régionales",
                "Les modèles de langue et la traduction automatique",
                "Analyse syntaxique du français par modèles de langue",
            ],
            [
                "Le traitement automatique des langues demande de grands corpus annotés.",
                "Les modèles de langue sont adaptés au français médical par un apprentissage supplémentaire.",
                "Nous présentons un corpus de textes juridiques annotés à la main.",
                "La traduction automatique est meilleure lorsque les modèles de langue sont plus grands.",
            ],
        ),
        (
            [
                "Optimisation convexe à grande échelle",
                "Un algorithme de descente de gradient pour l'optimisation convexe",
                "Convergence de la descente de gradient stochastique",
                "Optimisation sous contraintes et dualité",
                "La descente de gradient accélérée",
            ],
            [
                "Nous montrons la convergence de la descente de gradient pour des fonctions convexes.",
                "L'optimisation convexe est résolue par une suite de problèmes plus simples.",
                "Les contraintes sont traitées par dualité, ce qui réduit le temps de calcul.",
                "La descente de gradient stochastique converge plus vite avec un pas variable.",
            ],
        ),
        (
            [
                "Changement climatique et sécheresse en Méditerranée",
                "Prévision de la sécheresse par satellite",
                "Le changement climatique et les ressources en eau",
                "Observation par satellite de la fonte des glaciers",
                "Les glaciers des Alpes face au changement climatique",
            ],
            [
                "Le changement climatique réduit les ressources en eau dans les Alpes.",
                "Les images prises par satellite montrent la fonte des glaciers depuis trente ans.",
                "La sécheresse est prévue à partir des mesures de pluie et de température.",
                "Nous estimons l'effet du changement climatique sur les glaciers et les rivières.",
            ],
        ),
    ],
    "es": [
        (
            [
                "Redes neuronales para el reconocimiento de voz",
                "Reconocimiento de voz en entornos con ruido",
                "Un sistema de reconocimiento de voz para lenguas indígenas",
                "Redes neuronales recurrentes y reconocimiento de voz",
                "El reconocimiento de voz en niños",
            ],
            [
                "El reconocimiento de voz mejora con redes neuronales más profundas.",
                "Las redes neuronales se entrenan con grabaciones de muchas personas.",
                "El ruido de las grabaciones reduce la calidad del reconocimiento de voz.",
                "Presentamos un sistema que transcribe lenguas indígenas con pocas grabaciones.",
            ],
        ),
        (
            [
                "Detección de fraude en tarjetas de crédito",
                "Aprendizaje automático para la detección de fraude",
                "Detección de fraude con grafos",
                "Un método no supervisado de detección de fraude",
                "Transacciones anómalas y detección de fraude",
            ],
            [
                "La detección de fraude es difícil porque las transacciones anómalas son raras.",
                "El aprendizaje automático separa las transacciones anómalas de las normales.",
                "Los grafos de transacciones ayudan en la detección de fraude.",
                "El método no supervisado encuentra fraudes que otros sistemas no encuentran.",
            ],
        ),
        (
            [
                "Energía solar en zonas rurales",
                "Predicción de la energía solar con datos meteorológicos",
                "Paneles solares y energía solar en América Latina",
                "Almacenamiento de la energía solar en baterías",
                "La eficiencia de los paneles solares",
            ],
            [
                "La energía solar llega a zonas rurales que no tienen red eléctrica.",
                "La eficiencia de los paneles solares depende de la temperatura.",
                "Los datos meteorológicos permiten la predicción de la energía solar.",
                "Las baterías guardan la energía solar para las horas de la noche.",
            ],
        ),
        (
            [
                "Análisis de sentimientos en redes sociales",
                "Análisis de sentimientos de opiniones políticas",
                "Discurso de odio en redes sociales",
                "Detección del discurso de odio en español",
                "Un corpus para el análisis de sentimientos",
            ],
            [
                "El análisis de sentimientos estudia las opiniones en redes sociales.",
                "El discurso de odio en redes sociales aumenta durante las elecciones.",
                "Construimos un corpus de opiniones políticas escrito en español.",
                "Los modelos de lenguaje reconocen el discurso de odio mejor que las listas de palabras.",
            ],
        ),
    ],
    "pt": [
        (
            [
                "Aprendizado de máquina na agricultura",
                "Aprendizado de máquina para a previsão de safras",
                "Imagens de satélite e previsão de safras",
                "Doenças de plantas e aprendizado de máquina",
                "A previsão de safras de soja no Brasil",
            ],
            [
                "A previsão de safras ajuda os agricultores a decidir quando colher.",
                "O aprendizado de máquina usa imagens de satélite para reconhecer doenças de plantas.",
                "As safras de soja são previstas com dados de chuva e de solo.",
                "Os resultados mostram que as doenças de plantas são reconhecidas mais cedo.",
            ],
        ),
        (
            [
                "Redes de sensores sem fio",
                "Consumo de energia em redes de sensores",
                "Segurança em redes de sensores sem fio",
                "Um protocolo para redes de sensores",
                "Internet das coisas e redes de sensores",
            ],
            [
                "As redes de sensores sem fio medem a temperatura e a umidade do solo.",
                "O consumo de energia das redes de sensores é reduzido por um novo protocolo.",
                "A segurança da internet das coisas depende da troca de chaves.",
                "Os sensores enviam os dados apenas quando há uma mudança.",
            ],
        ),
        (
            [
                "Visão computacional para carros autônomos",
                "Carros autônomos em estradas não pavimentadas",
                "Detecção de pedestres por visão computacional",
                "Visão computacional em tempo real",
                "A segurança dos carros autônomos",
            ],
            [
                "A visão computacional reconhece pedestres em imagens de câmeras.",
                "Os carros autônomos precisam da detecção de pedestres em tempo real.",
                "As estradas não pavimentadas são difíceis para os carros autônomos.",
                "Comparamos três sistemas de visão computacional em estradas brasileiras.",
            ],
        ),
        (
            [
                "Saúde pública e epidemias de dengue",
                "Previsão de epidemias de dengue",
                "Modelos matemáticos de epidemias",
                "Vacinação e saúde pública no Brasil",
                "As epidemias de dengue nas cidades",
            ],
            [
                "As epidemias de dengue são um problema de saúde pública nas cidades.",
                "A vacinação reduz o número de casos graves entre as crianças.",
                "Os modelos matemáticos descrevem como as epidemias crescem e terminam.",
                "A previsão de epidemias usa dados de chuva e de temperatura.",
            ],
        ),
    ],
    "ru": [
        (
            [
                "Нейронные сети для распознавания речи",
                "Распознавание речи в условиях шума",
                "Обучение нейронных сетей на малых данных",
                "Глубокие нейронные сети и распознавание речи",
                "Система распознавания речи для редких языков",
            ],
            [
                "Нейронные сети улучшают распознавание речи в условиях шума.",
                "Мы обучаем нейронную сеть на записях многих дикторов.",
                "Распознавание речи остаётся трудной задачей для редких языков.",
                "Предложенная система работает быстрее, чем прежние нейронные сети.",
            ],
        ),
        (
            [
                "Численные методы решения уравнений",
                "Дифференциальные уравнения и численные методы",
                "Устойчивость решений дифференциальных уравнений",
                "Численное решение уравнений теплопроводности",
                "О сходимости численных методов",
            ],
            [
                "Численные методы позволяют решать дифференциальные уравнения с малой ошибкой.",
                "Доказана сходимость численного метода для уравнений теплопроводности.",
                "Устойчивость решений зависит от шага и от граничных условий.",
                "Для дифференциальных уравнений построена новая разностная схема.",
            ],
        ),
        (
            [
                "Машинный перевод с русского языка",
                "Языковые модели и машинный перевод",
                "Качество машинного перевода научных текстов",
                "Большие языковые модели для русского языка",
                "Обучение языковых моделей на новостных текстах",
            ],
            [
                "Машинный перевод научных текстов требует больших словарей.",
                "Большие языковые модели переводят тексты без дополнительного обучения.",
                "Качество машинного перевода оценивают люди и автоматические меры.",
                "Языковая модель обучена на новостных текстах на русском языке.",
            ],
        ),
        (
            [
                "Квантовые вычисления и криптография",
                "Квантовые алгоритмы для задач оптимизации",
                "Криптография после квантовых компьютеров",
                "Ошибки квантовых вычислений",
                "Квантовые компьютеры и защита данных",
            ],
            [
                "Квантовые вычисления угрожают современной криптографии.",
                "Квантовый компьютер решает задачи оптимизации быстрее обычного.",
                "Ошибки квантовых вычислений исправляются с помощью кодов.",
                "Криптография должна защищать данные от квантовых компьютеров.",
            ],
        ),
    ],
    "zh": [
        (
            [
                "基于深度学习的医学图像分割方法",
                "深度学习在图像识别中的应用研究",
                "医学图像分割的卷积神经网络",
                "一种新的图像识别算法",
                "面向肺部影像的深度学习模型",
            ],
            [
                "本文提出了一种基于深度学习的医学图像分割方法。",
                "卷积神经网络在图像识别任务中取得了良好的效果。",
                "实验结果表明,该模型在肺部影像上的精度高于现有方法。",
                "医学图像分割对临床诊断具有重要意义。",
            ],
        ),
        (
            [
                "大语言模型的知识图谱增强",
                "知识图谱构建与应用综述",
                "基于大语言模型的问答系统",
                "中文问答系统的知识图谱方法",
                "大语言模型在教育中的应用",
            ],
            [
                "大语言模型可以回答许多问题,但是缺少可靠的知识。",
                "我们利用知识图谱来增强大语言模型的回答。",
                "问答系统从知识图谱中检索相关的实体。",
                "结果表明,问答系统的准确率有明显提高。",
            ],
        ),
        (
            [
                "城市交通流量预测",
                "图神经网络用于交通流量预测",
                "自动驾驶车辆的路径规划",
                "自动驾驶中的交通安全问题",
                "基于强化学习的路径规划",
            ],
            [
                "交通流量预测是智能城市的重要问题。",
                "图神经网络能够描述道路之间的关系。",
                "自动驾驶车辆需要实时的路径规划。",
                "强化学习被用于自动驾驶的决策。",
            ],
        ),
        (
            [
                "锂电池寿命预测的机器学习方法",
                "新能源汽车锂电池的健康状态",
                "太阳能发电功率预测",
                "锂电池材料的第一性原理研究",
                "太阳能与锂电池储能系统",
            ],
            [
                "锂电池的寿命受到温度和充电方式的影响。",
                "机器学习方法用于预测锂电池的健康状态。",
                "太阳能发电功率随天气变化很大。",
                "储能系统可以平衡太阳能发电的波动。",
            ],
        ),
    ],
    "ja": [
        (
            [
                "深層学習による画像認識の研究",
                "画像認識のための畳み込みニューラルネットワーク",
                "深層学習を用いた医用画像の診断支援",
                "少数データからの画像認識",
                "医用画像における深層学習の説明可能性",
            ],
            [
                "本研究では、深層学習を用いて画像認識の精度を向上させる手法を提案する。",
                "ニューラルネットワークは大量の画像から学習される。",
                "医用画像の診断支援には、判断の根拠を示すことが必要である。",
                "実験により、提案手法が従来手法より高い精度を持つことを示した。",
            ],
        ),
        (
            [
                "日本語の自然言語処理",
                "大規模言語モデルの日本語性能の評価",
                "機械翻訳における大規模言語モデルの利用",
                "自然言語処理のためのデータセット構築",
                "日英機械翻訳の品質推定",
            ],
            [
                "大規模言語モデルの日本語での性能を評価した。",
                "自然言語処理では、質の高いデータセットが重要である。",
                "機械翻訳の品質を人手で評価した結果について述べる。",
                "日本語と英語の対訳データを用いて機械翻訳を行った。",
            ],
        ),
        (
            [
                "ロボットの動作計画",
                "強化学習によるロボット制御",
                "移動ロボットの自己位置推定",
                "介護ロボットの安全性",
                "ロボット制御のためのシミュレーション環境",
            ],
            [
                "強化学習を用いたロボット制御の手法を提案する。",
                "移動ロボットはカメラの映像から自己位置推定を行う。",
                "シミュレーション環境で学習した動作計画を実機で試した。",
                "介護ロボットは人の近くで動くため、安全性が求められる。",
            ],
        ),
        (
            [
                "地震の早期検知",
                "津波シミュレーションの高速化",
                "地震波形の機械学習による分類",
                "防災のための津波予測",
                "地震データの解析",
            ],
            [
                "地震の早期検知は防災のために重要である。",
                "津波シミュレーションを計算機で高速に行う方法を示す。",
                "地震波形を機械学習で分類し、震源を推定した。",
                "津波予測の誤差は観測点の数によって減少する。",
            ],
        ),
    ],
}


def papers(language: str) -> list[tuple[str, str]]:
    """Return 20 papers of a language, each a title and an abstract of three sentences of its subject."""
    blank = "" if language in ("zh", "ja") else " "
    return [
        (titles[place], blank.join(sentences[(place + step) % 4] for step in range(3)))
        for (titles, sentences), place in product(SUBJECTS[language], range(5))
    ]
